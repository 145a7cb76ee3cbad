import { AwsError, type LocalService } from './types.ts';

export type FaultKind =
  | 'throttle'
  | 'error'
  | 'denied'
  | 'latency'
  | 'disconnect'
  | 'hang'
  | 'killed'
  | 'killed-after'
  | 'lost'
  | 'truncated'
  | 'half';

/** What goes wrong with an operation, and how often. */
export interface Fault {
  /** `iam:SimulatePrincipalPolicy`, `iam:*` or `*`. */
  readonly operation: string;
  /**
   * Instead of the call: `throttle`: Rate exceeded; `error`: a server error (500); `denied`: AccessDenied;
   * `disconnect`: the connection is closed without an answer; `hang`: there is no answer, and the connection stays open;
   * `killed`: the function that calls dies.
   * After it: `latency`: answered after `milliseconds`; `lost`: the connection is closed when the call is done;
   * `truncated`: what is said to be the whole answer is half of it; `half`: the connection is closed in its middle;
   * `killed-after`: the function that called dies.
   */
  readonly kind: FaultKind;
  /** The next that many calls. Absent with `every`: all of them. */
  readonly next?: number;
  /** So many calls go well first. */
  readonly skip?: number;
  /** Each n-th call. */
  readonly every?: number;
  readonly milliseconds?: number;
}

/** What the fault switches do to one call. */
export interface Disturbance {
  readonly milliseconds: number;
  /** What the caller hears in place of an answer to the call, which is not done. */
  readonly instead?: AwsError | 'disconnect' | 'hang' | 'killed';
  /** What becomes of the answer to a call that is done. */
  readonly answer?: AfterKind;
}

/** The switches with which a test makes the embedded AWS as unkind as the real one. */
export class Faults {
  /** IAM is eventually consistent: reads and the simulator see a write only after that many milliseconds. */
  iamDelay = 0;
  /** Upper bound of a page, whatever MaxItems asks for. */
  pageSize = 1000;
  /** Every other page of GetAccountAuthorizationDetails is empty, with IsTruncated true. */
  emptyPages = false;
  /** Ends the function whose session has that name; nothing where no function calls. */
  crash: (sessionName: string) => void = () => undefined;
  readonly #active: { fault: Fault; calls: number; left: number }[] = [];

  add(fault: Fault): void {
    this.#active.push({ fault, calls: 0, left: fault.next ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#active.length = 0;
  }

  /** Counts a call and says what happens to it. */
  strike(service: string, operation: string, protocol: LocalService['protocol']): Disturbance {
    let struck: Disturbance = { milliseconds: 0 };
    for (const { kind, milliseconds = 0 } of this.#striking(service, operation)) {
      if (kind === 'latency') struck = { ...struck, milliseconds: struck.milliseconds + milliseconds };
      else if (isAfter(kind)) struck = { ...struck, answer: kind };
      else if (isRefusal(kind)) struck = { ...struck, instead: refusals[kind](service, protocol) };
      else struck = { ...struck, instead: kind };
    }
    return struck;
  }

  /** The faults that meet a call, which is counted. */
  #striking(service: string, operation: string): Fault[] {
    const names = [`${service}:${operation}`, `${service}:*`, '*'];
    return this.#active.flatMap((entry) => {
      if (!names.includes(entry.fault.operation)) return [];
      entry.calls += 1;
      if (entry.calls <= (entry.fault.skip ?? 0)) return [];
      const isTurn = entry.fault.every === undefined || entry.calls % entry.fault.every === 0;
      if (entry.left <= 0 || !isTurn) return [];
      entry.left -= 1;
      return [entry.fault];
    });
  }
}

type AfterKind = 'lost' | 'truncated' | 'half' | 'killed-after';
type RefusalKind = 'throttle' | 'error' | 'denied';
const isAfter = (kind: FaultKind): kind is AfterKind =>
  ['lost', 'truncated', 'half', 'killed-after'].includes(kind);
const isRefusal = (kind: FaultKind): kind is RefusalKind => Object.hasOwn(refusals, kind);

const refusals: Readonly<
  Record<RefusalKind, (service: string, protocol: LocalService['protocol']) => AwsError>
> = { throttle: throttling, error: failure, denied };

function denied(service: string, protocol: LocalService['protocol']): AwsError {
  const isShort = protocol === 'query' || protocol === 's3';
  const code =
    isShort && service !== 'sns'
      ? 'AccessDenied'
      : service === 'sns'
        ? 'AuthorizationError'
        : 'AccessDeniedException';
  return new AwsError(code, 'User is not authorized to perform this action.', 403);
}

function throttling(service: string, protocol: LocalService['protocol']): AwsError {
  if (protocol === 's3') return new AwsError('SlowDown', 'Please reduce your request rate.', 503);
  if (service === 'sns') return new AwsError('Throttled', 'Rate exceeded', 429);
  return new AwsError(protocol === 'query' ? 'Throttling' : 'ThrottlingException', 'Rate exceeded', 400);
}

function failure(service: string): AwsError {
  const code = service === 'iam' ? 'ServiceFailure' : service === 's3' ? 'InternalError' : 'InternalFailure';
  return new AwsError(code, 'The request processing has failed because of an unknown error.', 500);
}
