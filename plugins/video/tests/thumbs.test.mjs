import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../tagma_video/web/thumbs.js';

test('the picture of the nearest frame is taken', () => {
  const frames = [1, 40, 41, 200];
  assert.deepEqual([0, 1, 19, 21, 41, 119, 121, 999].map((frame) => frames[nearest(frames, frame)]), [1, 1, 1, 40, 41, 41, 200, 200]);
});

test('one picture stands for the whole film', () => assert.equal(nearest([1], 500), 0));
