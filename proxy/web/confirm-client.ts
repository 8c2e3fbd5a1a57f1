import { z } from 'zod';

export type ConfirmClientResult = { readonly ok: boolean; readonly outcome: string; readonly message: string };

const answerSchema = z.object({ outcome: z.string(), message: z.string() });

/**
 * Confirms from a terminal what the page would. Never rejects.
 * @param options.url where the page is, such as `http://127.0.0.1:6433`
 * @param options.code what the app shows; `challenge` the short code that the database client shows
 */
export async function confirmChallenge(options: {
  readonly url: string;
  readonly code: string;
  readonly challenge?: string;
  readonly person?: string;
}): Promise<ConfirmClientResult> {
  const { url, ...body } = options;
  try {
    const response = await fetch(new URL('/api/confirm', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
    });
    const answer = answerSchema.safeParse(await response.json());
    if (answer.success) return { ok: response.ok, ...answer.data };
    return {
      ok: false,
      outcome: 'failed',
      message: `${url} does not answer as stepward does (HTTP ${response.status})`,
    };
  } catch {
    return { ok: false, outcome: 'notRunning', message: `no stepward answers at ${url}: is it running?` };
  }
}
