import assert from 'node:assert/strict';
import test from 'node:test';
import { parse, write } from '../tagma_controls/web/moments.js';

test('moments are written and read as the format says; what is something else is nothing', () => {
  for (const [held, format, kind] of [
    ['2024-01-31', '%d.%m.%Y', 'date'], ['23:05', '%I:%M %p', 'time'], ['00:15', '%I:%M %p', 'time'], ['12:00', '%p %I.%M', 'time'],
    ['2024-02-29T09:30', '%a %d %b %Y, %H:%M', 'datetime-local'], ['1969-12', '%B %Y', 'month'], ['2024', 'in %Y (100%%)', 'number'],
  ]) assert.equal(parse(write(held, format), format, kind), held, format);
  assert.equal(write('2024-01-31', '%d/%m/%y %q'), '31/01/24 %q');
  assert.equal(parse('31.01.24', '%d.%m.%Y', 'date'), '');
  assert.equal(parse('a.b', '%d.%m', 'date'), '');
});
