import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLOURS, table } from '../tagma_audio/web/colours.js';
import { marks } from '../tagma_audio/web/frequencies.js';

const page = { sheet: [255, 255, 255], ink: [10, 20, 30] };
const light = (pixel) => (pixel & 255) + ((pixel >> 8) & 255) + ((pixel >> 16) & 255);

test('louder is lighter in every map of colours, and darker on paper', () => {
  for (const name of COLOURS) {
    const found = [...table(name, 80, page)].map(light);
    const steps = found.slice(1).map((one, at) => one - found[at]);
    assert.ok(steps.every((step) => (name === 'paper' ? step <= 0 : step >= -3)), name);
    assert.ok(Math.abs(found[255] - found[0]) > 300, name);
  }
});

test('what is quieter than the range looks like silence, and every pixel is opaque', () => {
  const found = table('paper', 30, page);
  assert.equal(found[255 - 2 * 38], found[0]);
  assert.notEqual(found[255 - 2 * 37], found[0]);
  assert.ok(found.every((pixel) => pixel >>> 24 === 255));
});

test('frequencies stand where the scale has them, far enough apart to be read', () => {
  assert.deepEqual(marks('linear', 8000, 400).map(({ text, y }) => [text, Math.round(y)]).slice(0, 2), [['6 kHz', 100], ['4 kHz', 200]]);
  for (const scale of ['linear', 'mel', 'log']) {
    const found = marks(scale, 22050, 128).map(({ y }) => y);
    assert.ok(found.length >= 2);
    assert.ok(found.slice(1).every((y, at) => y - found[at] >= 24));
  }
  assert.deepEqual(marks('mel', 8000, 12), []);
});
