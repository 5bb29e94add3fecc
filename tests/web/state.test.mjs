import assert from 'node:assert/strict';
import test from 'node:test';
import { normalize, pressed } from '../../core/tagma/web/keys.js';
import { Offsets, linksIn, paragraphs } from '../../core/tagma/web/kit/offsets.js';
import { rectangle } from '../../core/tagma/web/kit/rectangle.js';
import { Store } from '../../core/tagma/web/store.js';

const box = (id, x) => ({ id, results: [{ id, from_name: 'l', to_name: 'i', type: 'rectanglelabels', value: { x, y: 0, width: 10, height: 10, rotation: 0, rectanglelabels: ['A'] } }] });

test('results come back as they were, undo and redo reach every step, a drag is one', () => {
  const given = [...box('a', 1).results, { type: 'relation', from_id: 'a', to_id: 'b' }, ...box('b', 2).results];
  const store = new Store(given);
  assert.deepEqual(store.serialize(), given);
  const merge = Symbol('drag');
  for (const x of [3, 4, 5]) store.tx('Move', (tx) => tx.put(box('a', x)), { merge });
  assert.equal(store.log.length, 1);
  store.tx('Delete', (tx) => tx.remove('a'));
  store.undo();
  assert.equal(store.get('a').results[0].value.x, 5);
  store.undo();
  assert.deepEqual(store.serialize(), given);
  store.redo();
  assert.equal(store.get('a').results[0].value.x, 5);
});

test('offsets are code points, and quote the text', () => {
  const text = 'a👩‍👩‍👧b\r\n😀ש'.repeat(700);
  const offsets = new Offsets(text);
  const points = [...text];
  for (const unit of [0, 1, 12, 3000, text.length].map((one) => offsets.snap(one, 1))) {
    const point = offsets.toPoints(unit);
    assert.equal(points.slice(0, point).join(''), text.slice(0, unit));
    assert.equal(offsets.toUnits(point), unit);
  }
  assert.deepEqual(paragraphs('a\r\nb\n\nc').map(({ start, end }) => 'a\r\nb\n\nc'.slice(start, end)), ['a', 'b', '', 'c']);
});

test('an address ends where the sentence goes on', () => {
  const text = 'See (https://a.example/x?y=1), http://b.example/q_(z). 見https://c.example/路。 ftp://no';
  assert.deepEqual(linksIn(text).map((link) => text.slice(...link)), ['https://a.example/x?y=1', 'http://b.example/q_(z)', 'https://c.example/路']);
});

test('the opposite corner of a rotated box stays while one is dragged', () => {
  const size = { width: 800, height: 600 };
  const value = { x: 40, y: 40, width: 20, height: 10, rotation: 30 };
  const before = rectangle.handles(value, size).find((handle) => handle.name === 'nw');
  const after = { ...value, ...rectangle.drag(value, size, 'se', { x: 0, y: 0 }, { x: 25, y: 13 }, { shift: false, alt: false }) };
  const still = rectangle.handles(after, size).find((handle) => handle.name === 'nw');
  assert.ok(Math.hypot(before.x - still.x, before.y - still.y) < 1e-6);
});

test('keys are read whatever the layout', () => {
  assert.equal(normalize('Shift+CTRL+a'), 'ctrl+shift+a');
  assert.equal(pressed({ key: 'я', code: 'KeyZ', ctrlKey: true, metaKey: false, altKey: false, shiftKey: false }), 'ctrl+z');
});
