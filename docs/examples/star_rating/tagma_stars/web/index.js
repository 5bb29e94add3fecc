import { defineTag, h } from 'tagma';

export default [
  defineTag({
    api: 1,
    tag: 'Stars',
    kind: 'control',
    mount(host, ctx) {
      const most = ctx.node.number('max', 5);
      const buttons = Array.from({ length: most }, (_, index) =>
        h('button', {
          type: 'button',
          disabled: ctx.readonly,
          'aria-label': `${index + 1} / ${most}`,
          onclick: () => ctx.setAnswer(ctx.answer === index + 1 ? undefined : index + 1),
        }));
      host.append(h('div', { role: 'group', 'aria-label': ctx.node.name }, buttons));
      const update = () => {
        buttons.forEach((button, index) => {
          const given = index < (ctx.answer ?? 0);
          button.textContent = given ? '★' : '☆';
          button.setAttribute('aria-pressed', String(given));
        });
      };
      update();
      ctx.watch(update);
    },
  }),
];
