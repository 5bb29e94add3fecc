/** Where the keyboard is: at the task, in a field, at the questions about a region. */
export class Focus {
  /** @param {HTMLElement} shell */
  constructor(shell) {
    this.shell = shell;
  }

  get inField() {
    return Boolean(document.activeElement?.matches('input, textarea, select') && this.shell.contains(document.activeElement));
  }

  /** @returns {boolean} whether there is an object that takes the keyboard */
  toObject() {
    const object = /** @type {HTMLElement | null} */ (this.shell.querySelector('.tagma-object [tabindex="0"]'));
    if (!object && this.inField) /** @type {HTMLElement} */ (document.activeElement).blur();
    object?.focus({ preventScroll: true });
    return Boolean(object);
  }

  /** The object gets the keyboard when it is there, unless the person is somewhere else by then. @returns {() => void} stops waiting */
  toObjectSoon() {
    const free = () => document.activeElement === document.body || this.shell.contains(document.activeElement) || document.activeElement?.id === 'main';
    const observer = new MutationObserver(() => (!free() || this.toObject()) && observer.disconnect()); // an object that loads says by `data-ready` that it is there
    if (free() && !this.toObject()) observer.observe(this.shell, { subtree: true, attributes: true, attributeFilter: ['data-ready'] });
    return () => observer.disconnect();
  }

  /** Questions about the selected region, its note last. */
  toDetails() {
    this.shell.classList.remove('no-panel');
    /** @type {HTMLElement | null} */ (this.shell.querySelector('.details :is(textarea, input, select, .star)'))?.focus();
  }
}
