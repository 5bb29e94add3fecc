import assert from 'node:assert/strict';
import test from 'node:test';
import { corners, rectangle } from '../../core/tagma/web/kit/rectangle.js';
import { Store } from '../../core/tagma/web/store.js';

const SIZE = { width: 800, height: 600 };
const PLAIN = { shift: false, alt: false };
const near = (a, b, words) => assert.ok(Math.hypot(a.x - b.x, a.y - b.y) < 1e-6, `${words}: ${JSON.stringify([a, b])}`);
const at = (value, name) => rectangle.handles(value, SIZE).find((handle) => handle.name === name);
const middle = (value) => {
  const points = corners(value, SIZE);
  return { x: (points[0].x + points[2].x) / 2, y: (points[0].y + points[2].y) / 2 };
};
const inside = (value) => {
  const [x0, y0, x1, y1] = rectangle.bounds(value, SIZE);
  return x0 >= -0.02 && y0 >= -0.02 && x1 <= SIZE.width + 0.02 && y1 <= SIZE.height + 0.02;
};

test('what is drawn is the example of the protocol: percent of the picture, from the top left', () => {
  const wire = { x: 10, y: 20, width: 30, height: 25, rotation: 0 };
  for (const [from, to] of [[[80, 120], [320, 270]], [[320, 270], [80, 120]], [[320, 120], [80, 270]]]) {
    assert.deepEqual(rectangle.draw({ x: from[0], y: from[1] }, { x: to[0], y: to[1] }, SIZE, PLAIN), wire);
  }
  assert.deepEqual(rectangle.draw({ x: 700, y: 500 }, { x: 2000, y: 2000 }, SIZE, PLAIN), { x: 87.5, y: (500 / 600) * 100, width: 12.5, height: (100 / 600) * 100, rotation: 0 });
});

test('from every handle, turned or not, the opposite side stays and the dragged one follows', () => {
  const opposite = { nw: 'se', n: 's', ne: 'sw', e: 'w', se: 'nw', s: 'n', sw: 'ne', w: 'e' };
  for (const rotation of [0, 30, 90, 200, 315]) {
    const value = { x: 45, y: 45, width: 15, height: 12, rotation };
    for (const [name, other] of Object.entries(opposite)) {
      const from = at(value, name);
      const away = { x: from.x - middle(value).x, y: from.y - middle(value).y };
      const to = { x: from.x + away.x * 0.4, y: from.y + away.y * 0.4 };
      const after = { ...value, ...rectangle.drag(value, SIZE, name, from, to, PLAIN) };
      near(at(value, other), at(after, other), `${other} while ${name} at ${rotation}°`);
      near(at(after, name), to, `${name} at ${rotation}°`);
    }
  }
});

test('a box is turned about its middle by the angle the pointer goes, with Shift in steps of 15°', () => {
  const value = { x: 40, y: 40, width: 20, height: 10, rotation: 10 };
  const { x, y } = middle(value);
  const turned = { ...value, ...rectangle.drag(value, SIZE, 'rotate', { x: x + 50, y }, { x, y: y + 50 }, PLAIN) };
  assert.ok(Math.abs(turned.rotation - 100) < 1e-9);
  near(middle(value), middle(turned), 'middle');
  const stepped = rectangle.drag(value, SIZE, 'rotate', { x: x + 50, y }, { x: x + 50, y: y + 12 }, { shift: true, alt: false });
  assert.equal(stepped.rotation, 30);
  const back = rectangle.drag(value, SIZE, 'rotate', { x: x + 50, y }, { x, y: y - 50 }, PLAIN);
  assert.ok(back.rotation >= 0 && back.rotation < 360);
});

test('a box in the picture stays in it, however far the pointer goes', () => {
  for (const rotation of [0, 25, 160]) {
    const value = { x: 50, y: 40, width: 20, height: 15, rotation };
    assert.ok(inside(value));
    for (const handle of ['move', 'nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w']) {
      for (const to of [[-3000, -2000], [3000, 2000], [3000, -1], [0, 2500]]) {
        const after = { ...value, ...rectangle.drag(value, SIZE, handle, { x: 0, y: 0 }, { x: to[0], y: to[1] }, PLAIN) };
        assert.ok(inside(after), `${handle} of ${rotation}° to ${to}: ${JSON.stringify(after)}`);
        assert.ok(after.width >= 0 && after.height >= 0);
      }
    }
  }
  const over = { x: 95, y: 40, width: 20, height: 10, rotation: 0 };
  assert.equal(rectangle.drag(over, SIZE, 'move', { x: 0, y: 0 }, { x: 8, y: 0 }, PLAIN).x, 96);
});

test('four quarters bring a box back, and one carries its corners along', () => {
  const value = { x: 30, y: 40, width: 20, height: 10, rotation: 20 };
  let [now, size] = [value, SIZE];
  for (let i = 0; i < 4; i++) {
    const next = { ...now, ...rectangle.quarter(now, size) };
    const seen = { width: size.height, height: size.width };
    const expected = corners(now, size).map(({ x, y }) => ({ x: size.height - y, y: x }));
    for (const corner of corners(next, seen)) assert.ok(expected.some((one) => Math.hypot(one.x - corner.x, one.y - corner.y) < 1e-6));
    [now, size] = [next, seen];
  }
  for (const key of ['x', 'y', 'width', 'height', 'rotation']) assert.ok(Math.abs(now[key] - value[key]) < 1e-9);
});

test('corners snap to whole pixels', () => {
  const { x, y, width, height } = rectangle.snap({ x: 10.06, y: 20.04, width: 30.02, height: 25.01, rotation: 0 }, SIZE);
  for (const pixels of [x * 8, y * 6, (x + width) * 8, (y + height) * 6]) assert.ok(Math.abs(pixels - Math.round(pixels)) < 1e-9);
});

test('the list keeps its order through changes, deletions and undo, and what was handed out stays usable', () => {
  const region = (id, x) => ({ id, results: [{ id, value: { x } }] });
  const store = new Store(['a', 'b', 'c'].flatMap((id) => region(id, 0).results));
  const ids = () => store.all().map(({ id }) => id).join('');
  assert.equal(ids(), 'abc');
  store.tx('Move', (tx) => tx.put(region('b', 5)));
  store.tx('New', (tx) => tx.put(region('d', 1)));
  assert.equal(ids(), 'abcd');
  assert.equal(store.all()[1].results[0].value.x, 5);
  store.tx('Delete', (tx) => tx.remove('b'));
  assert.equal(ids(), 'acd');
  store.undo();
  assert.equal(ids(), 'abcd');
  store.undo();
  assert.equal(ids(), 'abc');
  store.redo();
  assert.equal(ids(), 'abcd');
});
