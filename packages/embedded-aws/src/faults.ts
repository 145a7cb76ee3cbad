import { AwsError, type LocalService } from './types.ts';

/** What goes wrong with an operation, and how often. */
export interface Fault {
  /** `iam:SimulatePrincipalPolicy`, `iam:*` or `*`. */
  readonly operation: string;
  /**
   * `throttle`: Rate exceeded. `error`: a server error (500). `latency`: answered after `milliseconds`.
   * `disconnect`: the connection is closed without an answer.
   */
  readonly kind: 'throttle' | 'error' | 'latency' | 'disconnect';
  /** The next that many calls. Absent with `every`: all of them. */
  readonly next?: number;
  /** Each n-th call. */
  readonly every?: number;
  readonly milliseconds?: number;
}

/** What the fault switches do to one call. */
export interface Disturbance {
  readonly milliseconds: number;
  readonly disconnect: boolean;
  readonly error?: AwsError;
}

/** The switches with which a test makes the embedded AWS as unkind as the real one. */
export class Faults {
  /** IAM is eventually consistent: reads and the simulator see a write only after that many milliseconds. */
  iamDelay = 0;
  /** Upper bound of a page, whatever MaxItems asks for. */
  pageSize = 1000;
  /** Every other page of GetAccountAuthorizationDetails is empty, with IsTruncated true. */
  emptyPages = false;
  readonly #active: { fault: Fault; calls: number; left: number }[] = [];

  add(fault: Fault): void {
    this.#active.push({ fault, calls: 0, left: fault.next ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.#active.length = 0;
  }

  /** Counts a call and says what happens to it. */
  strike(service: string, operation: string, protocol: LocalService['protocol']): Disturbance {
    let milliseconds = 0;
    let disconnect = false;
    let error: AwsError | undefined;
    for (const entry of this.#active) {
      const { fault } = entry;
      if (![`${service}:${operation}`, `${service}:*`, '*'].includes(fault.operation)) continue;
      entry.calls += 1;
      if (entry.left <= 0 || (fault.every !== undefined && entry.calls % fault.every !== 0)) continue;
      entry.left -= 1;
      if (fault.kind === 'latency') milliseconds += fault.milliseconds ?? 0;
      else if (fault.kind === 'disconnect') disconnect = true;
      else error = fault.kind === 'throttle' ? throttling(service, protocol) : failure(service);
    }
    return { milliseconds, disconnect, ...(error && { error }) };
  }
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
