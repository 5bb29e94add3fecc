import assert from 'node:assert/strict';
import test from 'node:test';
import { Dialogue, seconds } from '../tagma_text/web/dialogue.js';

const KEYS = { name: 'author', text: 'text' };
const made = (...lines) => new Dialogue(lines, KEYS, (place, keys) => `${place} ${keys}`);

test('what a value quotes is what stands there, in one line and over several', () => {
  const talk = made({ author: 'Ada', text: 'Morning 😀 all' }, { author: 'Bo', text: '' }, { author: 'Ada', text: 'two\nlines' });
  for (const [start, end, value] of [
    [0, 7, { start: '0', end: '0', startOffset: 0, endOffset: 7, text: 'Morning' }],
    [8, 14, { start: '0', end: '0', startOffset: 8, endOffset: 14, text: '😀 all' }],
    [11, 19, { start: '0', end: '2', startOffset: 11, endOffset: 3, text: 'all\n\ntwo' }],
  ]) {
    assert.deepEqual(talk.value(start, end, true), value);
    assert.deepEqual(talk.place(value), { start, end });
  }
  assert.equal('text' in talk.value(0, 7, false), false);
});

test('places outside the dialogue are nowhere', () => {
  const talk = made({ text: 'one' }, { text: 'two' });
  for (const value of [
    { start: '2', end: '2', startOffset: 0, endOffset: 1 }, { start: '0', end: '0', startOffset: 0, endOffset: 4 },
    { start: '0', end: '0', startOffset: 2, endOffset: 2 }, { start: 'a', end: '0', startOffset: 0, endOffset: 1 }, {},
  ]) assert.equal(talk.place(value), null, JSON.stringify(value));
});

test('a line without its text is told and costs no other line its place', () => {
  const talk = made({ author: 'Ada', words: 'lost' }, null, 'bare', { text: 7 });
  assert.deepEqual(talk.lines.map(({ text, fault }) => [text, fault]), [['', '0 author,words'], ['', '1 text'], ['bare', ''], ['7', '']]);
  assert.deepEqual(talk.value(2, 6, true), { start: '2', end: '2', startOffset: 0, endOffset: 4, text: 'bare' });
});

test('seconds are numbers or clock times; a line without an end lasts until the next', () => {
  assert.deepEqual(['1.5', 2, '0:02:03,25', '1:00', 'soon', null, NaN, ''].map(seconds), [1.5, 2, 123.25, 60, null, null, null, null]);
  const talk = made({ text: 'a', start: 0 }, { text: 'b', start: 4, duration: 1 }, { text: 'c' }, { text: 'd', start: 8 });
  assert.deepEqual([0, 3.9, 4.5, 6, 8, 100].map((at) => talk.spokenAt(at)?.text), ['a', 'a', 'b', undefined, 'd', 'd']);
});
