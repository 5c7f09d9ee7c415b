const PATHS = {
  board: 'M4 5h4v14H4zM10 5h4v9h-4zM16 5h4v6h-4z',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  report: 'M12 5v14M5 12h14',
  queue: 'M4 6h16M4 12h16M4 18h10',
  recipients: 'M4 6h16v12H4zM4 7l8 6 8-6',
  statistics: 'M5 19V11M12 19V5M19 19v-5',
  keys: 'M14.5 9.5a4 4 0 1 0-3 3.9L13 15h2v2h2v2h3v-3l-5.6-5.6a4 4 0 0 0 .1-.9M8.6 9.5h.01',
};

type IconName = keyof typeof PATHS;

export const Icon = ({ name }: { name: IconName }) => (
  <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={PATHS[name]} />
  </svg>
);

export const BrandMark = () => (
  <span className="brand-mark" aria-hidden="true">
    !
  </span>
);
