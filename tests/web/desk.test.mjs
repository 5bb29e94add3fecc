import assert from 'node:assert/strict';
import test from 'node:test';
import { Session } from '../../core/tagma/web/editor/session.js';
import { Keys } from '../../core/tagma/web/keys.js';
import { ConfigNode } from '../../core/tagma/web/tree.js';

const tag = (name, attrs, ...children) => ({ tag: name, kind: 'x', plugin: null, known: true, attrs, children, line: 1, text: '' });
const still = { name: 'track', bounds: () => [0, 0, 1, 1], at: (value) => value, put: (value) => value };
const definitions = new Map([
  ['Film', { kind: 'object' }],
  ['Track', { kind: 'control', shape: still, labelsKey: 'labels' }],
  ['Labels', { kind: 'control', labels: true, valueKey: 'labels' }],
  ['Choices', { kind: 'control' }],
]);

function desk(results = []) {
  const root = new ConfigNode(tag('View', {},
    tag('Labels', { name: 'who', toName: 'film', maxUsages: '2' }, tag('Label', { value: 'Car', background: 'red' }), tag('Label', { value: 'Bus', background: 'blue' })),
    tag('Film', { name: 'film' }), tag('Track', { name: 'box', toName: 'film' }), tag('Choices', { name: 'seen', toName: 'film', perRegion: 'true' })));
  return new Session({ root, definitions, task: { data: {} }, keys: new Keys(), results });
}

test('labels of a general control stand in the result of a control that keeps them, and come and go there', () => {
  const session = desk();
  const [film, who] = [session.scope.node('film'), session.scope.node('who')];
  session.labels.choose(who, 'Car');
  const id = session.make(film, 'track', { sequence: [1] });
  const [result, ...others] = session.store.get(id).results;
  assert.deepEqual(others, []);
  assert.deepEqual([result.from_name, result.type, result.value], ['box', 'track', { sequence: [1], labels: ['Car'] }]);
  assert.deepEqual(session.labels.of(session.store.get(id), who), ['Car']);
  session.labels.choose(who, 'Bus');
  assert.deepEqual(session.store.get(id).results[0].value, { sequence: [1], labels: ['Bus'] });
  const { text, color, isRegion } = session.describe(session.store.get(id));
  assert.deepEqual([text, color, isRegion], ['Bus', 'blue', true]);
  assert.ok(session.scope.saved(new ConfigNode(tag('Choices', { name: 'q', toName: 'film', perRegion: 'true', whenTagName: 'who', whenLabelValue: 'Bus' })), session.store.get(id)));
});

test('an answer about such a region repeats where it is, not its labels', () => {
  const session = desk();
  session.labels.choose(session.scope.node('who'), 'Car');
  const id = session.make(session.scope.node('film'), 'track', { sequence: [1] });
  session.answers.set(session.scope.node('seen'), ['well']);
  assert.deepEqual(session.store.get(id).results[1].value, { sequence: [1], choices: ['well'] });
});

test('a label that may be used twice is counted where it is kept', () => {
  const session = desk();
  const said = [];
  session.say = (words) => said.push(words);
  session.labels.choose(session.scope.node('who'), 'Car');
  for (const [nth, made] of [[1, true], [2, true], [3, false]]) assert.equal(Boolean(session.make(session.scope.node('film'), 'track', { nth })), made);
  assert.deepEqual(said, ['Car can be used 2 times, and is.']);
});
