/** What the server computes once from a file of the task: asked for, waited for while it is made, read in parts. */
import { ApiError, Unreachable, api, url } from '../api.js';
import { t } from '../i18n.js';

const wait = (/** @type {number} */ ms, /** @type {AbortSignal | undefined} */ signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(signal.reason);
  });
});

export class Derived {
  /** @param {import('../editor/context.js').Context} ctx @param {string} type the data type, as `audio` @param {string} file its address, or `$key` of the task's data */
  constructor(ctx, type, file) {
    this.ctx = ctx;
    this.type = type;
    this.file = file;
    this.leaving = new AbortController();
    ctx.cleanup(() => this.leaving.abort());
  }

  /** Its address, for elements that fetch by themselves. @param {string} kind @param {Record<string, string | number>} [params] */
  address(kind, params = {}) {
    const asked = new URLSearchParams({ file: this.file });
    for (const [name, value] of Object.entries(params)) asked.set(name, String(value));
    return url(`/api/tasks/${this.ctx.task.id}/derived/${this.type}/${kind}?${asked}`);
  }

  /**
   * The bytes, once they are there.
   * @param {string} kind @param {{params?: Record<string, string | number>, from?: number, to?: number, waiting?: (job: any) => void}} [options]
   *   `from` and `to` (exclusive) in bytes; `waiting` is told how far it is
   * @returns {Promise<ArrayBuffer>}
   */
  async bytes(kind, { params = {}, from, to, waiting } = {}) {
    const { signal } = this.leaving;
    let pause = 150;
    for (;;) {
      const headers = from === undefined ? undefined : { Range: `bytes=${from}-${to === undefined ? '' : to - 1}` };
      let answer;
      try {
        answer = await fetch(this.address(kind, params), { headers, signal });
      } catch (error) {
        if (signal.aborted) throw error;
        throw new Unreachable(String(error));
      }
      if (answer.status === 200 && from !== undefined) return (await answer.arrayBuffer()).slice(from, to);
      if (answer.status === 200 || answer.status === 206) return answer.arrayBuffer();
      const said = await answer.json().catch(() => null);
      if (answer.status !== 202) throw new ApiError(answer.status, said);
      waiting?.(said);
      await wait(pause, signal);
      await this.#over(said.job, waiting);
      pause = Math.min(pause * 1.5, 2000);
    }
  }

  /** Wait for the job that makes it. @param {number} id @param {((job: any) => void) | undefined} waiting */
  async #over(id, waiting) {
    const { signal } = this.leaving;
    for (let pause = 200; ; pause = Math.min(pause * 1.4, 1000)) {
      let job;
      try {
        job = await api.get(`/api/jobs/${id}/`, { signal });
      } catch (error) {
        if (error instanceof ApiError) return; // somebody else's job: ask for the thing itself again
        throw error;
      }
      if (job.state === 'failed' || job.state === 'cancelled') throw new ApiError(424, job.error ?? { detail: t('The work on this file was stopped.') });
      if (job.state === 'completed') return;
      waiting?.(job);
      await wait(pause, signal);
    }
  }
}
