/** Log in and sign up: forms of the server's; here only the eye beside the password. */
for (const button of document.querySelectorAll('[data-show]')) {
  button.addEventListener('click', () => {
    const field = /** @type {HTMLInputElement} */ (document.getElementById(/** @type {HTMLElement} */ (button).dataset.show ?? ''));
    const shown = field.type === 'password';
    field.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    field.focus();
  });
}
