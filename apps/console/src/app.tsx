import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { Link, Route, Router, Switch } from 'wouter';
import BoardPage from './board/board-page.tsx';
import { Layout } from './layout.tsx';
import { useTexts } from './locale/language.ts';
import { queryClient } from './service/query-client.ts';
import { isSignInRequired } from './service/sign-in-required.ts';
import { SignIn } from './sign-in.tsx';
import { useStore } from './ui/create-store.ts';

const IncidentPage = lazy(() => import('./incident/incident-page.tsx'));
const ReportPage = lazy(() => import('./report/report-page.tsx'));
const QueuePage = lazy(() => import('./queue/queue-page.tsx'));
const JobPage = lazy(() => import('./queue/job-page.tsx'));
const RecipientsPage = lazy(() => import('./recipients/recipients-page.tsx'));
const StatisticsPage = lazy(() => import('./statistics/statistics-page.tsx'));
const KeysPage = lazy(() => import('./keys/keys-page.tsx'));

export function App() {
  const texts = useTexts();
  const mustSignIn = useStore(isSignInRequired);
  if (mustSignIn) return <SignIn />;
  return (
    <QueryClientProvider client={queryClient}>
      <Router base="/console">
        <Layout>
          <Suspense fallback={<p className="state">{texts.common.loading}</p>}>
            <Switch>
              <Route path="/" component={BoardPage} />
              <Route path={/^\/incidents\/(?<id>\d+)\/?$/}>
                {({ id }) => <IncidentPage key={id} id={Number(id)} />}
              </Route>
              <Route path="/report" component={ReportPage} />
              <Route path="/queue" component={QueuePage} />
              <Route path={/^\/queue\/jobs\/(?<id>\d+)\/?$/}>{({ id }) => <JobPage id={Number(id)} />}</Route>
              <Route path="/recipients" component={RecipientsPage} />
              <Route path="/statistics" component={StatisticsPage} />
              <Route path="/keys" component={KeysPage} />
              <Route>
                <div className="state">
                  <h1>{texts.common.notFound}</h1>
                  <Link href="/" className="button">
                    {texts.common.toBoard}
                  </Link>
                </div>
              </Route>
            </Switch>
          </Suspense>
        </Layout>
      </Router>
    </QueryClientProvider>
  );
}
