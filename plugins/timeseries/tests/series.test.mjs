import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import test from 'node:test';

const WEB = new URL('../../../core/tagma/web/', import.meta.url);
const vendored = JSON.parse(readFileSync(new URL('vendor/vendor.json', WEB), 'utf8'));
registerHooks({
  resolve(name, context, next) {
    if (name === 'tagma') return next(new URL('i18n.js', WEB).href, context);
    if (name.startsWith('tagma/')) return next(new URL(name.slice(6), WEB).href, context);
    return next(vendored[name] ? new URL(`vendor/${vendored[name]}`, WEB).href : name, context);
  },
});
const { Times, decimal } = await import('../tagma_timeseries/web/times.js');
const { BUCKETS, Windows } = await import('../tagma_timeseries/web/windows.js');
const { marks, scaleOf, yOf, extent } = await import('../tagma_timeseries/web/scale.js');
const { pair } = await import('../tagma_timeseries/web/channels.js');
const { tileOf } = await import('../tagma_timeseries/web/source.js');

const day = Date.UTC(2020, 1, 28);
const dates = (formats, rows = 86_401) => new Times({ from: day, to: day + 86_400_000, unit: 'date' }, rows, formats);

test('a moment is written as its column has it, and read back to the same', () => {
  const written = dates({ timeFormat: '%d/%m/%Y %H:%M:%S' });
  assert.equal(written.write(day + 3_723_000), '28/02/2020 01:02:03');
  assert.equal(written.read('28/02/2020 01:02:03'), day + 3_723_000);
  assert.equal(dates({}).write(day + 1500.4), day + 1500);
  assert.equal(new Times({ from: 0.5, to: 9.5, unit: 'number' }, 10).write(0.1 + 0.2), 0.3);
  assert.equal(new Times({ from: 0, to: 99, unit: 'row' }, 100).write(41.6), 42);
});

test('dates in results are read whether they have a zone, a time, or neither', () => {
  const times = dates({});
  for (const text of ['2020-02-28', '2020-02-28T00:00:00', '2020-02-28 00:00:00', '2020-02-28T02:00:00+02:00', '2020-02-28T00:00:00Z']) assert.equal(times.read(text), day, text);
  assert.equal(times.read(String(day)), day);
  assert.ok(Number.isNaN(times.read('soon')));
  assert.ok(Number.isNaN(times.read(null)));
});

test('what the config says of times is what people see', () => {
  assert.equal(dates({ display: '%H h %M' }).show(day + 3_660_000), '01 h 01');
  assert.equal(dates({}).show(day + 3_660_000), '2020-02-28 01:01:00');
  assert.equal(new Times({ from: 0, to: 10, unit: 'number' }, 11, { display: '.3f' }).show(1.5), '1.500');
  assert.equal(new Times({ from: day, to: day + 1e6, unit: 'number' }, 11, { display: 'date' }).show(day), '2020-02-28 00:00:00');
  assert.equal(new Times({ from: 0, to: 10, unit: 'number' }, 11, { duration: '.2f' }).last(1.2345), '1.23');
  assert.equal(dates({ duration: '%H:%M' }).last(3_660_000), '01:01');
  assert.equal(dates({}).last(90_061_000), '1 d 1 h');
  assert.equal(dates({}).last(1500), '1.5 s');
  assert.equal(new Times({ from: 0, to: 9, unit: 'row' }, 10).last(3), '3 rows');
});

test('a ruler marks round moments, counted from the beginning of the line', () => {
  const found = dates({}).ticks(0, 86_400_000, 1000);
  assert.deepEqual(found.map(({ text }) => text), ['02-28', '03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00', '02-29']);
  assert.equal(found[1].at, 3 * 3_600_000);
  const rows = new Times({ from: 0, to: 3, unit: 'row' }, 4).ticks(0, 3, 2000);
  assert.deepEqual(rows.map(({ text }) => text), ['0', '1', '2', '3']);
  const shifted = new Times({ from: 5.5, to: 15.5, unit: 'number' }, 11).ticks(0, 10, 1000);
  assert.deepEqual(shifted[0], { at: 0.5, text: '6' });
});

test('numbers have the digits that tell neighbours apart', () => {
  assert.equal(decimal(1.23456, 0.01), '1.23');
  assert.equal(decimal(12345.6, 100), '12346');
  assert.equal(decimal(1.5e-12, 1e-13), '1.5e-12');
});

test('a scale has round marks within it and keeps a range that is given', () => {
  const scale = scaleOf([0, 10], 0, 200, true);
  assert.equal(yOf(scale, 0), 200);
  assert.equal(yOf(scale, 10), 0);
  assert.deepEqual(marks(scale).map(({ text }) => text), ['0', '2', '4', '6', '8', '10']);
  const flat = scaleOf([3, 3], 0, 100, false);
  assert.ok(flat.low < 3 && flat.high > 3);
  assert.deepEqual(extent([{ low: [NaN, 1, 4], high: [NaN, 2, 9] }]), [1, 9]);
  assert.equal(extent([{ low: [NaN], high: [NaN] }]), null);
  assert.deepEqual(pair(' 5, -1 '), [-1, 5]);
  assert.equal(pair('5'), null);
  assert.equal(pair('a,b'), null);
});

/** A server of a series of `rows` rows, one a unit, whose value is its number; it answers as the real one does. */
function server(rows) {
  const asked = [];
  const fetch = async ({ from, to, columns }) => {
    asked.push([from, to]);
    const first = Math.max(Math.ceil(from), 0);
    const last = Math.min(Math.floor(to), rows - 1);
    const count = Math.max(last - first + 1, 0);
    const raw = count <= BUCKETS;
    const size = raw ? count : BUCKETS;
    const at = (n) => (raw ? first + n : first + Math.floor((n * count) / BUCKETS));
    const points = {
      times: Float64Array.from({ length: size }, (_, n) => at(n)),
      low: Float64Array.from({ length: size }, (_, n) => at(n)),
      high: Float64Array.from({ length: size }, (_, n) => (raw ? at(n) : at(n + 1) - 1)),
    };
    return { raw, bytes: size * 24, columns: new Map(columns.map((column) => [column, points])) };
  };
  return { asked, fetch };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

test('what is in sight is drawn from the wide level until the fine one is there', async () => {
  const { asked, fetch } = server(1_000_001);
  let news = 0;
  const windows = new Windows(fetch, { from: 0, length: 1_000_000 }, [['a']], () => news++);
  await windows.open(['a']);
  assert.deepEqual(asked, [[0, 1_000_000]]);
  const scale = 1000 / 2000; // a thousand pixels show two thousand rows
  windows.begin();
  const coarse = windows.run('a', 500_000, 502_000, scale);
  assert.ok(coarse.times.length >= 2 && !coarse.raw, 'something is drawn at once');
  windows.end(['a'], 500_000, 502_000, scale);
  await settled();
  assert.ok(news > 0);
  const fine = windows.run('a', 500_000, 502_000, scale);
  assert.ok(fine.times.length > 400, 'buckets no wider than two pixels');
  assert.ok(fine.times.every((time, at) => at === 0 || time > fine.times[at - 1]), 'in order, none twice');
  assert.equal(Math.max(...fine.high.filter((_, at) => fine.times[at] <= 502_000 && fine.times[at] >= 500_000)) >= 501_990, true);
});

test('a line leads out of the sight on both sides, and rows are asked for once only', async () => {
  const { asked, fetch } = server(400);
  const windows = new Windows(fetch, { from: 0, length: 399 }, [['a']], () => {});
  await windows.open(['a']);
  windows.begin();
  const run = windows.run('a', 10.2, 10.8, 1000);
  windows.end(['a'], 10.2, 10.8, 1000);
  await settled();
  assert.deepEqual(run.times, [10, 11]);
  assert.equal(run.raw, true);
  assert.equal(asked.length, 1, 'level 0 holds the rows themselves: nothing finer exists');
  assert.equal(windows.near('a', 10.6, 1000).at, 11);
});

test('the way the person goes is fetched ahead', async () => {
  const { asked, fetch } = server(1_000_001);
  const windows = new Windows(fetch, { from: 0, length: 1_000_000 }, [['a']], () => {});
  await windows.open(['a']);
  const look = async (from) => {
    windows.begin();
    windows.run('a', from, from + 1000, 1);
    windows.end(['a'], from, from + 1000, 1);
    await settled();
  };
  await look(300_000);
  await look(300_000);
  const still = asked.length;
  await look(300_000);
  assert.equal(asked.length, still, 'nothing is fetched for who stays');
  await look(300_010);
  await look(300_020);
  assert.ok(asked.slice(still).every(([from]) => from > 300_000) && asked.length > still, 'what lies to the right is there before the person is');
});

test('a part that can’t be had is said, and is not asked for without end', async () => {
  const { fetch } = server(1_000_001);
  let asked = 0;
  const windows = new Windows(async (ask) => {
    asked++;
    if (asked > 1) throw new Error('The server is away.');
    return fetch(ask);
  }, { from: 0, length: 1_000_000 }, [['a']], () => {});
  await windows.open(['a']);
  for (let look = 0; look < 5; look++) {
    windows.begin();
    const run = windows.run('a', 0, 600, 1);
    windows.end(['a'], 0, 600, 1);
    await settled();
    assert.ok(run.times.length > 0, 'the wide level stands in');
  }
  assert.equal(windows.trouble, 'The server is away.');
  assert.ok(asked <= 4, `asked ${asked} times`);
});

test('a window is taken apart as the server puts it together', () => {
  const pack = (head, ...numbers) => {
    const said = new TextEncoder().encode(JSON.stringify(head));
    const room = said.length + ((-(said.length + 4) % 8) + 8) % 8;
    const bytes = new ArrayBuffer(4 + room + numbers.length * 8);
    new DataView(bytes).setUint32(0, room, true);
    new Uint8Array(bytes, 4, room).fill(32);
    new Uint8Array(bytes, 4, said.length).set(said);
    new Float64Array(bytes, 4 + room).set(numbers);
    return bytes;
  };
  const rows = tileOf(pack({ raw: true, points: 2, columns: ['a', 'b'] }, 1, 2, 10, 20, NaN, 40));
  assert.deepEqual([...rows.columns.get('b').low], [NaN, 40]);
  assert.equal(rows.columns.get('a').low, rows.columns.get('a').high);
  const buckets = tileOf(pack({ raw: false, points: 1, columns: ['a', 'b'] }, 5, 1, 2, 3, 4));
  assert.deepEqual([buckets.columns.get('b').times[0], buckets.columns.get('b').low[0], buckets.columns.get('b').high[0]], [5, 3, 4]);
});
