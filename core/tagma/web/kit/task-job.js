/** Work of a plugin on a file of the task, done by the server: begun here, looked at while it goes, stopped with the desk. */
import { ApiError, api } from '../api.js';

const FIRST = 120; // milliseconds until the first look
const MOST = 600;

export class TaskJob {
  #id = 0;
  /** @type {AbortController} */
  #leaving = new AbortController();

  /**
   * @param {import('../editor/context.js').Context} ctx @param {string} kind of the job, as `follow_box`
   * @param {string} file its address, or `$key` of the task's data
   */
  constructor(ctx, kind, file) {
    this.ctx = ctx;
    this.kind = kind;
    this.file = file;
    ctx.cleanup(() => this.stop());
  }

  /**
   * Until it has ended, or was stopped.
   * @param {Record<string, any>} params @param {(job: {state: string, done: number, total: number | null, result: any}) => void} told at each look
   * @throws {ApiError} it could not begin, or failed
   */
  async run(params, told) {
    const { signal } = this.#leaving;
    const { job } = await api.post(`/api/tasks/${this.ctx.task.id}/jobs/${this.kind}/`, { file: this.file, params });
    this.#id = job;
    if (signal.aborted) return this.#cancel();
    for (let pause = FIRST; !signal.aborted; pause = Math.min(pause * 1.3, MOST)) {
      await new Promise((done) => setTimeout(done, pause));
      if (signal.aborted) return;
      const now = await api.get(`/api/jobs/${job}/`);
      if (signal.aborted) return;
      if (now.state === 'failed') throw new ApiError(424, now.error);
      told(now);
      if (now.state === 'completed' || now.state === 'cancelled') {
        this.#id = 0;
        return;
      }
    }
  }

  /** What it has found so far stays. */
  stop() {
    this.#leaving.abort();
    this.#cancel();
  }

  #cancel() {
    const id = this.#id;
    this.#id = 0;
    if (id) api.post(`/api/jobs/${id}/cancel`, {}).catch(() => {}); // it had ended, or ends by itself
  }
}
