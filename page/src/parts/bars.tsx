import './bars.css';

interface Props {
  /** One for each bar, all of the same width. */
  values: readonly number[];
  /** What it shows, for who does not see it: "Records of the last hour". */
  label: string;
  /** What a bar says under the mouse. */
  titleOf?: (index: number) => string;
}

/** A small plot without axes, as wide as its place. The numbers stand beside it: it shows their course. */
export function Bars({ values, label, titleOf }: Props) {
  const most = values.reduce((sum, value) => Math.max(sum, value), 0) || 1;
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${Math.max(values.length, 1)} 1`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {values.map((value, index) => (
        <g key={index}>
          {titleOf && (
            <rect class="bars-place" x={index} width={1} y={0} height={1}>
              <title>{titleOf(index)}</title>
            </rect>
          )}
          {value > 0 && (
            <rect x={index + 0.1} width={0.8} y={1 - height(value, most)} height={height(value, most)}>
              {titleOf && <title>{titleOf(index)}</title>}
            </rect>
          )}
        </g>
      ))}
    </svg>
  );
}

/** What is not 0 is seen. */
const height = (value: number, most: number): number => Math.max(value / most, 0.04);
