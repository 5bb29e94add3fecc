/**
 * Objects that play in step. Those whose `sync` names each other, or the same group, have one clock in seconds: where the
 * person goes in one, all go; what plays in one, plays in all. The first that sounds keeps the time, since ears forgive least.
 *
 * @typedef {object} Follower
 * @property {(at: number) => void} seek  another of the group went to a time
 * @property {(playing: boolean, at: number, until?: number) => void} [play]  start or stop; `until` is where to stop by itself
 * @property {(at: number) => void} [tick]  what is the time, each frame while another plays; `seek` without it
 * @property {(rate: number) => void} [speed]
 * @property {boolean} [sounds]  whether it is heard: it keeps the time while it plays
 *
 * @typedef {{at?: number, playing?: boolean, until?: number, speed?: number}} Deed  what the person did in one of them
 */

/** @type {WeakMap<object, Map<string, Group>>} session -> groups by name */
const groups = new WeakMap();

/**
 * Who an object is in step with, by name; itself among them.
 * @param {import('../tree.js').ConfigNode} root @param {import('../tree.js').ConfigNode} node @returns {{group: string, names: string[]}}
 */
export function groupOf(root, node) {
  const objects = [...root.walk()].filter(({ kind, name }) => kind === 'object' && name);
  const syncOf = (/** @type {import('../tree.js').ConfigNode} */ one) => String(one.get('sync') ?? '').trim();
  /** @type {Map<string, Set<string>>} a name or a word of `sync` -> what stands beside it */
  const beside = new Map();
  const join = (/** @type {string} */ a, /** @type {string} */ b) => beside.set(a, (beside.get(a) ?? new Set()).add(b));
  for (const one of objects) {
    if (!syncOf(one)) continue;
    join(one.name, syncOf(one));
    join(syncOf(one), one.name);
  }
  const found = new Set([node.name]);
  for (const name of found) for (const other of beside.get(name) ?? []) found.add(other);
  const names = objects.map(({ name }) => name).filter((name) => found.has(name));
  return { group: names[0] ?? node.name, names };
}

class Group {
  /** @type {Set<Step>} */
  members = new Set();
  at = 0;
  playing = false;
  /** @type {number | undefined} */
  until;
  /** @type {number | undefined} */
  speed;
  /** @type {Step | null} whose clock counts while it plays */
  clock = null;

  /** @param {Step} from @param {Deed} deed */
  told(from, { at, playing, until, speed }) {
    const others = [...this.members].filter((one) => one !== from);
    if (at !== undefined) this.at = at;
    if (speed !== undefined) {
      this.speed = speed;
      for (const { follower } of others) follower.speed?.(speed);
    }
    if (playing !== undefined) {
      this.playing = playing;
      this.until = until;
      this.clock = playing ? this.#keeper(from) : null;
      for (const { follower } of others) follower.play ? follower.play(playing, this.at, until) : follower.seek(this.at);
    } else if (at !== undefined) for (const { follower } of others) follower.seek(at);
  }

  /** @param {Step} from */
  #keeper(from) {
    const able = [...this.members].filter(({ follower }) => follower.play);
    return able.find(({ follower }) => follower.sounds) ?? (from.follower.play ? from : able[0] ?? null);
  }

  /** @param {Step} from @param {number} at @param {boolean} playing */
  ticked(from, at, playing) {
    if (from !== this.clock) return;
    this.at = at;
    if (!playing) return this.told(from, { at, playing: false });
    for (const one of this.members) if (one !== from) (one.follower.tick ?? one.follower.seek)(at);
  }
}

export class Step {
  /** @param {Group} group @param {Follower} follower */
  constructor(group, follower) {
    this.group = group;
    this.follower = follower;
  }

  /** Whether anything of the group plays. */
  get playing() {
    return this.group.playing;
  }

  /** The person did something here. @param {Deed} deed */
  tell(deed) {
    this.group.told(this, deed);
  }

  /** What the clock here says, each frame while it plays and once when it stopped by itself. @param {number} at @param {boolean} playing */
  tick(at, playing) {
    this.group.ticked(this, at, playing);
  }
}

/** Whether an object has others to be in step with. @param {import('../editor/context.js').Context} ctx */
export function hasCompany(ctx) {
  return groupOf(ctx.session.root, ctx.node).names.length > 1;
}

/**
 * Join the objects that play in step with this one, until it is taken off the desk.
 * @param {import('../editor/context.js').Context} ctx @param {Follower} follower @returns {Step | null} null if it stands alone
 */
export function inStep(ctx, follower) {
  const { group: name, names } = groupOf(ctx.session.root, ctx.node);
  if (names.length < 2) return null;
  const known = groups.get(ctx.session) ?? new Map();
  groups.set(ctx.session, known);
  const group = known.get(name) ?? new Group();
  known.set(name, group);
  const step = new Step(group, follower);
  group.members.add(step);
  ctx.cleanup(() => {
    group.members.delete(step);
    if (group.clock === step) group.told(step, { playing: false });
  });
  if (group.speed !== undefined) follower.speed?.(group.speed);
  if (group.playing && follower.play) follower.play(true, group.at, group.until);
  else if (group.at) follower.seek(group.at);
  return step;
}
