/** Where a ruler has its marks, and how it writes time. */
const STEPS = [1, 2, 5];

/** Round numbers for a ruler, about every 90 pixels. @param {number} from @param {number} to @param {number} width @param {(at: number, step: number) => string} words */
export function roundTicks(from, to, width, words) {
  const least = ((to - from) / width) * 90;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = (STEPS.find((one) => one * power >= least) ?? 10) * power;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, text: words(at, step) });
  return ticks;
}

const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000];

/** A ruler of time, in seconds. @param {number} from @param {number} to @param {number} width */
export function timeTicks(from, to, width) {
  const least = ((to - from) / width) * 90;
  if (least < 1) return roundTicks(from, to, width, (at, step) => clock(at, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))));
  const step = SECONDS.find((one) => one >= least) ?? 36000;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push({ at, text: clock(at, 0) });
  return ticks;
}

/** Hours if there are any, minutes, seconds. @param {number} seconds @param {number} [digits] after the point */
export function clock(seconds, digits = 1) {
  const whole = Math.max(0, Number(seconds.toFixed(digits)));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const rest = (whole % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, '0');
  return `${hours ? `${hours}:` : ''}${String(minutes).padStart(2, '0')}:${rest}`;
}
