/** The bytes at an address: of ours, or of another server, which ours then asks. @param {import('tagma').Context} ctx @param {string} address */
export async function load(ctx, address) {
  const foreign = /^[a-z][\w+.-]*:/i.test(address) && new URL(address).origin !== location.origin;
  const word = () => btoa(String.fromCharCode(...new TextEncoder().encode(address))).replaceAll('+', '-').replaceAll('/', '_');
  const answer = await fetch(ctx.asset(foreign ? `/tasks/${ctx.task.id}/resolve/?fileuri=${word()}` : address));
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.detail ? [said.detail, said.hint].filter(Boolean).join(' ') : ctx.t('{url} was answered with {status}.', { url: address.slice(0, 200), status: answer.status }));
  }
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await answer.arrayBuffer());
}
