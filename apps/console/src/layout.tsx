import type { Scope } from '@incidents/contracts';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { language, useTexts } from './locale/language.ts';
import { Preferences } from './preferences.tsx';
import { connection } from './service/connection.ts';
import { queryClient } from './service/query-client.ts';
import { signOut } from './service/session.ts';
import { isPermitted, useSession } from './service/use-session.ts';
import { useStore } from './ui/create-store.ts';
import { describeError } from './ui/describe-error.ts';
import { BrandMark, Icon } from './ui/icon.tsx';
import { announce, announceFailure, Notices } from './ui/notices.tsx';
import { formatTime } from './ui/time.tsx';
import './layout.css';

const SECTIONS = [
  { name: 'board', path: '/', scope: 'incidents:read' },
  { name: 'report', path: '/report', scope: 'incidents:write' },
  { name: 'queue', path: '/queue', scope: 'jobs:read' },
  { name: 'recipients', path: '/recipients', scope: 'incidents:read' },
  { name: 'statistics', path: '/statistics', scope: 'incidents:read' },
  { name: 'keys', path: '/keys', scope: 'admin' },
] as const;

export function Layout({ children }: { children: ReactNode }) {
  const texts = useTexts();
  const [location] = useLocation();
  const session = useSession();
  const current = SECTIONS.find(({ path }) => isWithin(location, path));
  return (
    <div className="layout">
      <a className="skip-link" href="#content">
        {texts.navigation.skip}
      </a>
      <header className="sidebar">
        <Link href="/" className="brand" aria-label={texts.product}>
          <BrandMark />
          <span className="brand-name">{texts.product}</span>
        </Link>
        <nav aria-label={texts.navigation.label}>
          {SECTIONS.filter(({ scope }) => isPermitted(session, scope)).map(({ name, path }) => (
            <Link key={name} href={path} aria-current={name === current?.name ? 'page' : undefined}>
              <Icon name={name} />
              <span>{texts.navigation[name]}</span>
            </Link>
          ))}
        </nav>
        <div className="settings">
          <Preferences />
          <Account />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <ConnectionBanner />
        {current === undefined || isPermitted(session, current.scope) ? (
          children
        ) : (
          <NotPermitted scope={current.scope} />
        )}
      </main>
      <Notices />
    </div>
  );
}

const isWithin = (location: string, path: string) =>
  path === '/' ? location === '/' || location.startsWith('/incidents/') : location.startsWith(path);

function NotPermitted({ scope }: { scope: Scope }) {
  const texts = useTexts();
  return (
    <div className="state">
      <h1>{texts.common.notPermitted}</h1>
      <p>{texts.common.missingScope(scope)}</p>
    </div>
  );
}

/** The holder of the key and the button to sign out; nothing with `AUTH=off`. */
function Account() {
  const texts = useTexts();
  const session = useSession();
  const canWrite = isPermitted(session, 'incidents:write');
  if (session?.auth !== 'keys') return null;
  return (
    <div className="account">
      <span className="account-name">
        {[session.key_name, !canWrite && texts.settings.readOnly].filter(Boolean).join(' · ')}
      </span>
      <button
        type="button"
        className="button button-small"
        onClick={() => void signOut().catch((error) => announceFailure(describeError(error, texts)))}
      >
        {texts.settings.signOut}
      </button>
    </div>
  );
}

/** Says that the service is away; when it is back, everything is read again. */
function ConnectionBanner() {
  const texts = useTexts();
  const locale = useStore(language);
  const { isOnline, lastReplyAt } = useStore(connection);
  const wasAway = useRef(false);
  useEffect(() => {
    if (!isOnline) wasAway.current = true;
    else if (wasAway.current) {
      wasAway.current = false;
      void queryClient.invalidateQueries();
      announce(texts.connection.back);
    }
  }, [isOnline, texts]);
  if (isOnline) return null;
  return (
    <div className="banner" role="alert">
      {texts.connection.away}{' '}
      {lastReplyAt !== undefined && texts.connection.lastReply(formatTime(lastReplyAt, locale))}
    </div>
  );
}
