import { AccessError } from '#lib/errors.ts';
import { describeError, meaningOf } from './errors.ts';
import type { Paced } from './pace.ts';

/** How calls to IAM are made in a run. */
export interface IamCaller {
  readonly pace: Paced;
  /** Ends the calls that are under way. */
  readonly signal?: AbortSignal;
}

/** What every SDK call takes beside its command. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/**
 * Makes one call to IAM at the run's pace.
 *
 * @param action the permission that it needs, `iam:GetRole`.
 * @throws AccessError when the caller may not; other errors as the SDK throws them.
 */
export async function iamCall<T>(
  { pace, signal }: IamCaller,
  action: string,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  try {
    return await pace(() => {
      signal?.throwIfAborted();
      return call(signal ? { abortSignal: signal } : {});
    });
  } catch (error) {
    if (meaningOf(error) !== 'refused') throw error;
    throw new AccessError(action, `not permitted to call ${action}: ${describeError(error)}`, {
      cause: error,
    });
  }
}

/** Of every answer that comes in pages. */
export interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/** Where the next page begins, as request fields; `{}` for the first. */
export interface PageRequest {
  readonly MaxItems: number;
  readonly Marker?: string;
}

/**
 * All pages of a list; a page may be empty and still not be the last.
 *
 * @throws Error when IAM says that there is more but not where, rather than to stop short of it.
 */
export async function* pages<P extends Page>(fetch: (request: PageRequest) => Promise<P>): AsyncGenerator<P> {
  let request: PageRequest = { MaxItems: 1000 };
  while (true) {
    const page: P = await fetch(request);
    yield page;
    if (!page.IsTruncated) return;
    if (!page.Marker || page.Marker === request.Marker) {
      throw new Error('IAM says that a list goes on, and does not say where');
    }
    request = { ...request, Marker: page.Marker };
  }
}
