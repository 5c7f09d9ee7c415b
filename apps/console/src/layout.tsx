import type { Scope } from '@incidents/contracts';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { type Language, language, setLanguage, useTexts } from './locale/language.ts';
import { connection } from './service/connection.ts';
import { queryClient } from './service/query-client.ts';
import { signOut } from './service/session.ts';
import { isPermitted, useIsPermitted, useSession } from './service/use-session.ts';
import { useStore } from './ui/create-store.ts';
import { describeError } from './ui/describe-error.ts';
import { Icon } from './ui/icon.tsx';
import { announce, announceFailure, Notices } from './ui/notices.tsx';
import { setTheme, THEMES, type Theme, theme } from './ui/theme.ts';
import { formatTime } from './ui/time.tsx';

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
          <span className="brand-mark" aria-hidden="true">
            !
          </span>
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
        <Settings />
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

function Settings() {
  const texts = useTexts();
  const chosenLanguage = useStore(language);
  const chosenTheme = useStore(theme);
  const session = useSession();
  const mayWrite = useIsPermitted('incidents:write');
  useEffect(() => {
    document.documentElement.lang = chosenLanguage;
  }, [chosenLanguage]);
  return (
    <div className="settings">
      <select
        aria-label={texts.settings.theme}
        value={chosenTheme}
        onChange={(event) => setTheme(event.currentTarget.value as Theme)}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {texts.settings.themes[name]}
          </option>
        ))}
      </select>
      <select
        aria-label={texts.settings.language}
        value={chosenLanguage}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        <option value="ru">Русский</option>
        <option value="en">English</option>
      </select>
      {session?.auth === 'keys' && (
        <div className="session">
          <span className="session-name muted">
            {[session.key_name, !mayWrite && texts.settings.readOnly].filter(Boolean).join(' · ')}
          </span>
          <button
            type="button"
            className="button button-small"
            onClick={() => void signOut().catch((error) => announceFailure(describeError(error, texts)))}
          >
            {texts.settings.signOut}
          </button>
        </div>
      )}
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
