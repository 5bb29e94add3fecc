/** Regions of a recording are heard: one by one for lists that ask, again and again, and what is heard is told. */
import { clock } from 'tagma/kit/line.js';

/** @param {import('tagma').Context} ctx @param {import('tagma/kit/line.js').LineSpace} space @param {import('tagma/kit/player.js').Player} player */
export function soundRegions(ctx, space, player) {
  const { session, node } = ctx;
  let heard = '';
  let band = '';
  player.on(() => {
    const id = (player.playing && player.stretch?.id) || '';
    if (id !== heard) session.setSounding(id || null);
    heard = id;
    const repeats = JSON.stringify(player.loops && player.stretch);
    if (repeats !== band) space.drawSoon();
    band = repeats;
  });
  ctx.cleanup(ctx.store.on((ids) => {
    if (player.stretch?.id && ids.has(player.stretch.id)) player.stretch = space.scene.get(player.stretch.id) ?? null; // what repeats follows its ends
  }));
  session.setPlayer(node.name, {
    play: ({ id }) => {
      const stretch = space.scene.get(id);
      if (stretch) player.play(stretch);
    },
    stop: () => player.pause(),
    where: (region) => clock(session.geometry(region).value.start),
  });
}

/** A bar over the stretch that repeats. @param {CanvasRenderingContext2D} context @param {import('tagma/kit/player.js').Player} player @param {import('tagma/kit/line.js').LineSpace['view']} view @param {string} color */
export function drawLoop(context, { loops, stretch }, view, color) {
  if (!loops || !stretch) return;
  const [from, to] = [view.toScreen(stretch.from), view.toScreen(stretch.to)];
  context.fillStyle = color;
  context.fillRect(from, 0, to - from, 3);
  for (const x of [from, to - 8]) context.fillRect(x, 0, 8, 6);
}
