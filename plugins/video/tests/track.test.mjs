import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Frames, timecode } from '../tagma_video/web/frames.js';
import { addKey, at, beginAt, copyOnwards, endAt, hideAfter, inOrder, keyBeside, merge, put, removeKey, showFrom, spans, split } from '../tagma_video/web/track.js';

const moment = (frame, frames = 30) => ({ frame, time: frame / 25, frames, duration: frames / 25 });
const key = (frame, x, enabled = true) => ({ frame, time: frame / 25, x, y: 0, width: 10, height: 10, rotation: 0, enabled });
const xs = (sequence, ...frames) => frames.map((frame) => at(sequence, frame)?.x ?? null);
const brief = (sequence) => sequence.map(({ frame, x, enabled }) => [frame, x, enabled]);

for (const { name, frames, sequence, at: shown, spans: stretches } of JSON.parse(readFileSync(new URL('./examples.json', import.meta.url), 'utf8')).tracks) {
  test(`a track: ${name}`, () => {
    for (const [frame, box] of Object.entries(shown)) {
      const found = at(sequence, Number(frame));
      assert.deepEqual(found && [found.x, found.y, found.width, found.height, found.rotation], box, `frame ${frame}`);
    }
    assert.deepEqual(spans(sequence, frames).map(({ from, to }) => [from, to]), stretches);
  });
}

test('a change makes the frame a key frame and leaves the others', () => {
  const moved = put([key(1, 0), key(11, 100)], moment(6), { x: 10 });
  assert.deepEqual(xs(moved, 1, 6, 11), [0, 10, 100]);
  assert.deepEqual(moved[1], { ...key(6, 10) });
  assert.deepEqual(brief(put(moved, moment(6), { x: 20 })), [[1, 0, true], [6, 20, true], [11, 100, true]]);
  assert.deepEqual(brief(put([], moment(4), { x: 5, y: 0, width: 1, height: 1 })), [[4, 5, true]]);
});

test('a box turned over the top turns the short way between key frames', () => {
  const turned = put([{ ...key(1, 0), rotation: 350 }], moment(11), { rotation: 10 });
  assert.equal(at(turned, 6).rotation, 360);
});

test('key frames are added where they change nothing and removed, but for the last', () => {
  const added = addKey([key(1, 0), key(11, 100)], moment(6));
  assert.deepEqual(brief(added), [[1, 0, true], [6, 50, true], [11, 100, true]]);
  assert.deepEqual(brief(removeKey(added, 6)), [[1, 0, true], [11, 100, true]]);
  assert.equal(removeKey([key(1, 0)], 1), null);
});

test('it is hidden after a frame, and shown again', () => {
  const hidden = hideAfter([key(1, 0), key(11, 100)], moment(6));
  assert.deepEqual(xs(hidden, 6, 7, 10, 11), [50, null, null, 100]);
  assert.deepEqual(xs(showFrom(hidden, moment(8)), 6, 7, 8, 11), [50, null, 50, 100]);
  assert.deepEqual(xs(showFrom(hidden, moment(6)), 7), [60]);
});

test('it begins and ends where it is told, sooner or later than it did', () => {
  const track = [key(5, 0), key(15, 100)];
  assert.deepEqual(spans(beginAt(track, moment(10)), 30), [{ from: 10, to: 30 }]);
  assert.deepEqual(xs(beginAt(track, moment(2)), 2, 5, 15), [0, 0, 100]);
  assert.deepEqual(spans(endAt(track, moment(10)), 30), [{ from: 5, to: 10 }]);
  assert.deepEqual(xs(endAt(track, moment(10)), 10), [50]);
  const short = endAt(track, moment(10));
  assert.deepEqual(spans(endAt(short, moment(20)), 30), [{ from: 5, to: 20 }]);
  assert.deepEqual(spans(endAt(short, moment(30)), 30), [{ from: 5, to: 30 }]);
  assert.equal(endAt(short, moment(30)).at(-1).enabled, true);
});

test('split in two, each frame is in one of them, where it was; merged again it is in every frame', () => {
  const track = [key(1, 0), key(11, 100)];
  const [a, b] = split(track, moment(6), moment(5));
  for (let frame = 1; frame <= 30; frame++) {
    const [first, second] = [at(a, frame), at(b, frame)];
    assert.equal(Boolean(first) !== Boolean(second), true, `frame ${frame}`);
    assert.deepEqual(first ?? second, at(track, frame), `frame ${frame}`);
  }
  const whole = merge(b, a);
  for (let frame = 1; frame <= 30; frame++) assert.deepEqual(at(whole, frame), at(track, frame), `frame ${frame}`);
  assert.equal(split(track, moment(1), moment(1)), null);
});

test('a box that is copied onwards stands still so long, then goes on', () => {
  const track = copyOnwards([key(1, 0), key(3, 20), key(11, 100)], moment(2), moment(6));
  assert.deepEqual(xs(track, 1, 2, 4, 6, 11), [0, 10, 10, 10, 100]);
});

test('key frames in disorder are read in order, of two of one frame the later', () => {
  assert.deepEqual(brief(inOrder([key(9, 9), key(1, 1), key(9, 8), { x: 3 }])), [[1, 1, true], [9, 8, true]]);
  assert.deepEqual([keyBeside([key(1, 0), key(9, 0)], 5, 1), keyBeside([key(1, 0), key(9, 0)], 5, -1), keyBeside([key(1, 0)], 1, -1)], [9, 1, undefined]);
});

test('a time in the middle of a frame is that frame, whatever the rate; edges belong to the frame they begin', () => {
  const times = Float64Array.of(0.5, 0.52, 0.6, 0.633, 1.2);
  const frames = new Frames(times, { rate: 5, duration: 0.8, variable: true, exact: true });
  for (let frame = 1; frame <= 5; frame++) {
    assert.equal(frames.at(frames.middle(frame)), frame);
    assert.equal(frames.at(frames.begins(frame)), frame);
    assert.ok(frames.middle(frame) > frames.begins(frame) && frames.middle(frame) < frames.ends(frame));
  }
  assert.equal(frames.at(0), 1);
  assert.equal(frames.at(99), 5);
  const even = Frames.counted(4, 25);
  assert.equal(even.count, 100);
  assert.deepEqual(even.moment(50), { frame: 50, time: 2, frames: 100, duration: 4 });
  assert.deepEqual([1, 25, 26, 60, 100].map((frame) => timecode(even, frame)), ['00:00:00', '00:00:24', '00:01:00', '00:02:09', '00:03:24']);
});
