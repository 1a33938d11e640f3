/** Numbers, sizes and times as the screens write them. English, with a thin space before units. */

const THIN = '\u202f';
/** What stands where a figure cannot be known. */
export const UNKNOWN = '–';

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const shortMoment = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const moment = new Intl.DateTimeFormat('en', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

export function count(value: number): string {
  return whole.format(value);
}

/** "1 image", "2,000 images". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`;
}

/** A fraction 0..1 as a percentage; null = cannot be known. */
export function percent(fraction: number | null | undefined, digits = 1): string {
  if (fraction == null || Number.isNaN(fraction)) return UNKNOWN;
  return `${(fraction * 100).toFixed(digits)}${THIN}%`;
}

/** A share such as a poison rate, with no more digits than it needs: 10 %, 0.5 %. */
export function share(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))}${THIN}%`;
}

/** The difference of two fractions in percentage points, always with its sign. */
export function points(difference: number): string {
  const value = (Math.abs(difference) * 100).toFixed(1);
  const sign = value === '0.0' ? '±' : difference > 0 ? '+' : '−';
  return `${sign}${value}${THIN}points`;
}

export function bytes(value: number): string {
  if (value < 1000) return `${value}${THIN}B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = -1;
  do {
    size /= 1000;
    unit++;
  } while (size >= 999.5 && unit < units.length - 1);
  return `${size < 10 ? size.toFixed(1) : size.toFixed(0)}${THIN}${units[unit]}`;
}

/** Seconds as "8 s", "3 min 20 s", "1 h 05 min". */
export function duration(seconds: number): string {
  const all = Math.max(0, Math.round(seconds));
  if (all < 60) return `${all}${THIN}s`;
  const minutes = Math.floor(all / 60);
  if (minutes < 60) {
    const rest = all % 60;
    return rest === 0 || minutes >= 10 ? `${minutes}${THIN}min` : `${minutes}${THIN}min ${rest}${THIN}s`;
  }
  const hours = Math.floor(minutes / 60);
  return `${hours}${THIN}h ${String(minutes % 60).padStart(2, '0')}${THIN}min`;
}

/** A wish about the future, so rounded to what it can promise: "about 4 min". */
export function about(seconds: number): string {
  if (seconds < 45) return 'under a minute';
  if (seconds < 90) return 'about a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `about ${minutes}${THIN}min`;
  const hours = seconds / 3600;
  return hours < 10 ? `about ${Number(hours.toFixed(1))}${THIN}h` : `about ${Math.round(hours)}${THIN}hours`;
}

/** An ISO time on this computer's clock. */
export function when(iso: string): string {
  return moment.format(new Date(iso));
}

/** As `when`, for lists: without the year where it is this one. */
export function whenShort(iso: string, now = new Date()): string {
  const date = new Date(iso);
  return (date.getFullYear() === now.getFullYear() ? shortMoment : moment).format(date);
}

/** A loss in nats: three significant digits; very small ones as 1.2 × 10⁻⁷. */
export function nats(value: number): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.0001) return scientific(value);
  return size >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A loss under a picture: how small it is beyond a ten thousandth tells nothing there. */
export function briefLoss(value: number): string {
  return Math.abs(value) < 0.0001 ? '≈ 0' : nats(value);
}

function scientific(value: number): string {
  const [digits, power] = value.toExponential(1).split('e') as [string, string];
  const raised = [...String(Number(power))]
    .map((sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)]))
    .join('');
  return `${digits}${THIN}×${THIN}10${raised}`;
}

/** A file's name without its folders, for either kind of separator. */
export function baseName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
