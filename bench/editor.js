/** What `editor.py` does in the page: `bench.…` waits for the page, acts on it, and says how many milliseconds that took. */
globalThis.bench = (() => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  /** After the next frame is painted: what was drawn in it is on its way to the screen. */
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(0);
  }));
  const stage = () => document.querySelector('.plane') ?? document.querySelector('.text-scroller');
  const shown = () => Boolean(document.querySelector('.editor[data-ready] .tagma-object[data-ready]'));

  function wheel(turn) {
    const box = stage().getBoundingClientRect();
    stage().dispatchEvent(new WheelEvent('wheel', { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true, cancelable: true, ...turn }));
  }

  const acts = {
    select: (i) => document.querySelectorAll('.region')[i % 10].click(),
    zoom: (i) => wheel({ deltaY: i % 20 < 10 ? -60 : 60, ctrlKey: true }),
    pan: (i) => wheel({ deltaX: i % 20 < 10 ? 40 : -40, deltaY: i % 2 ? 30 : -30 }),
    scroll: (i) => (stage().scrollTop += i % 100 < 50 ? 160 : -160),
  };

  return {
    /** Since the page was asked for. @param {boolean} regions whether there are some to wait for */
    async ready(regions) {
      while (!shown() || (regions && !document.querySelector('.region'))) await frame();
      return painted();
    },

    /** From each act to the end of the frame that shows it. */
    async each(kind, count) {
      const took = [];
      for (let i = 0; i < count; i++) {
        await frame();
        const begun = performance.now();
        acts[kind](i);
        took.push((await painted()) - begun);
      }
      return took;
    },

    /** Between one frame and the next, while something is done in every one of them. */
    async frames(kind, count) {
      const took = [];
      let last = await frame();
      for (let i = 0; i < count; i++) {
        acts[kind](i);
        const now = await frame();
        took.push(now - last);
        last = now;
      }
      return took;
    },

    /** From the key of a label to the end of the frame that shows the new passage. */
    async mark(count) {
      const walker = document.createTreeWalker(document.querySelector('.text-body'), NodeFilter.SHOW_TEXT);
      const number = () => document.querySelectorAll('.side-head .num')[0].textContent;
      const took = [];
      for (let i = 0; i < count; i++) {
        const node = walker.nextNode();
        document.querySelector('.text-scroller').focus();
        document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
        getSelection().setBaseAndExtent(node, 0, node, 6);
        while (!document.querySelector('.text-hint')) await frame();
        const before = number();
        const begun = performance.now();
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', code: 'Digit1', bubbles: true, cancelable: true }));
        if (number() === before) throw new Error('no passage was made');
        took.push((await painted()) - begun);
      }
      return took;
    },

    /** From Submit to the next task, ready to label. */
    async submit() {
      const editor = document.querySelector('.editor');
      const { task } = editor.dataset;
      const begun = performance.now();
      document.querySelector('.editor-submit').click();
      while (editor.dataset.task === task || !shown()) await frame();
      return (await painted()) - begun;
    },

    /** Bytes that came over the wire for scripts, styles and icons, headers left out, and how many files. */
    code() {
      const files = performance.getEntriesByType('resource').filter(({ name }) => /\/(static|plugins)\//.test(name));
      const page = performance.getEntriesByType('navigation')[0];
      return { files: files.length, bytes: files.reduce((sum, { encodedBodySize, transferSize }) => sum + (transferSize ? encodedBodySize : 0), 0), page: page.encodedBodySize };
    },
  };
})();
