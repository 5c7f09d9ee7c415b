import type { Statistics } from '@incidents/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { language, useTexts } from '../locale/language.ts';
import { REFRESH_INTERVAL_MS } from '../service/query-client.ts';
import { get } from '../service/request.ts';
import { useStore } from '../ui/create-store.ts';
import { Page } from '../ui/page.tsx';
import { QueryState } from '../ui/query-state.tsx';
import { Table } from '../ui/table.tsx';
import { Time } from '../ui/time.tsx';
import './statistics.css';

export default function StatisticsPage() {
  const texts = useTexts();
  const statistics = useQuery({
    queryKey: ['statistics'],
    queryFn: ({ signal }) => get<Statistics>('/statistics', { signal }),
    refetchInterval: REFRESH_INTERVAL_MS,
  });
  return (
    <Page title={texts.statistics.title}>
      <QueryState query={statistics}>{(data) => <Charts statistics={data} />}</QueryState>
    </Page>
  );
}

function Charts({ statistics }: { statistics: Statistics }) {
  const texts = useTexts();
  const locale = useStore(language);
  const { total, by_day, by_status, by_status_other, by_source, by_source_other, computed_at } = statistics;
  const perDay = by_day.reduce((sum, { incidents }) => sum + incidents, 0) / Math.max(1, by_day.length);
  const days = by_day.map(({ date, incidents }) => ({ name: date, value: incidents }));
  const statuses = toBars(by_status, by_status_other, texts.statistics.other).map(({ name, value }) => ({
    name: texts.statusOfOne[name] ?? name,
    value,
  }));
  return (
    <>
      <ul className="figures">
        <li className="figure">
          <span className="muted">{texts.statistics.total}</span>
          <strong>{total.toLocaleString(locale)}</strong>
          <span className="figure-note">
            {texts.statistics.computedAt('')} <Time at={computed_at} />
          </span>
        </li>
        <li className="figure">
          <span className="muted">{texts.statistics.today}</span>
          <strong>{(by_day.at(-1)?.incidents ?? 0).toLocaleString(locale)}</strong>
          <span className="figure-note">{texts.statistics.sinceMidnight}</span>
        </li>
        <li className="figure">
          <span className="muted">{texts.statistics.perDay}</span>
          <strong>{perDay.toLocaleString(locale, { maximumFractionDigits: 1 })}</strong>
          <span className="figure-note">{texts.statistics.ofLastDays}</span>
        </li>
      </ul>
      <Chart title={texts.statistics.byDay} nameLabel={texts.statistics.day} bars={days}>
        <DayChart days={days} />
      </Chart>
      <div className="chart-pair">
        <Chart title={texts.statistics.byStatus} nameLabel={texts.fields.status ?? ''} bars={statuses}>
          <Bars bars={statuses} />
        </Chart>
        <Chart
          title={texts.statistics.bySource}
          nameLabel={texts.statistics.source}
          bars={toBars(by_source, by_source_other, texts.statistics.other)}
        >
          <Bars bars={toBars(by_source, by_source_other, texts.statistics.other)} />
        </Chart>
      </div>
    </>
  );
}

interface Bar {
  name: string;
  value: number;
}

const toBars = (counts: Record<string, number>, other: number, otherName: string): Bar[] => [
  ...Object.entries(counts).map(([name, value]) => ({ name, value })),
  ...(other > 0 ? [{ name: otherName, value: other }] : []),
];

/** A picture, and the same figures as a table. */
function Chart(props: { title: string; nameLabel: string; bars: Bar[]; children: ReactNode }) {
  const { title, nameLabel, bars, children } = props;
  const texts = useTexts();
  const locale = useStore(language);
  return (
    <figure className="panel chart">
      <figcaption className="panel-title">{title}</figcaption>
      {children}
      <details>
        <summary>{texts.statistics.showTable}</summary>
        <Table columns={[nameLabel, { number: texts.statistics.incidents }]} label={title}>
          {bars.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td className="number">{value.toLocaleString(locale)}</td>
            </tr>
          ))}
        </Table>
      </details>
    </figure>
  );
}

/** The names of all days would not fit. */
const DAYS_PER_NAME = 5;

function DayChart({ days }: { days: Bar[] }) {
  const locale = useStore(language);
  const highest = Math.max(1, ...days.map(({ value }) => value));
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return (
    <div aria-hidden="true">
      <span className="day-chart-top">{highest.toLocaleString(locale)}</span>
      <div className="day-chart">
        {days.map(({ name, value }, index) => (
          <div
            key={name}
            className="day"
            title={`${format.format(new Date(name))}: ${value.toLocaleString(locale)}`}
          >
            <span className="day-bar" style={{ height: `${(100 * value) / highest}%` }} />
            {index % DAYS_PER_NAME === 2 && <span className="day-name">{format.format(new Date(name))}</span>}
          </div>
        ))}
      </div>
    </div>
  );
}

function Bars({ bars }: { bars: Bar[] }) {
  const locale = useStore(language);
  const highest = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <div className="bars" aria-hidden="true">
      {bars.map(({ name, value }) => (
        <div key={name} className="bar-row">
          <span className="bar-name">{name}</span>
          <span className="bar-track">
            <span className="bar-fill" style={{ width: `${(100 * value) / highest}%` }} />
          </span>
          <span className="number">{value.toLocaleString(locale)}</span>
        </div>
      ))}
    </div>
  );
}
