import type { DecisionKind, Layer } from '@permission-check/iam-policy';
import * as z from 'zod/mini';
import type { Probe } from '#lib/catalog/probes.ts';
import { codeMeaning } from '#lib/iam/error-codes.ts';

/** What came back from one call, in the words of the wire. */
export interface ProbeOutcome {
  /** The error code, or `success`. */
  readonly code: string;
  readonly message: string;
  /** HTTP status; absent where no answer came. */
  readonly status?: number;
  readonly requestId?: string;
  /** When the answer came, ISO 8601. */
  readonly at: string;
}

/** What an outcome says about the probed action. */
export type ProbeReading =
  | {
      readonly kind: 'decided';
      readonly decision: DecisionKind;
      readonly namedLayer?: Layer;
      /** The ARN that the denial names. */
      readonly resource?: string;
    }
  | {
      readonly kind: 'undetermined';
      readonly reason: string;
      readonly probable?: boolean;
      readonly dependentAction?: string;
    }
  /** Credentials or subscription: nothing about permissions, for no action. */
  | { readonly kind: 'not-evaluated'; readonly reason: string }
  /** A call that was meant to fail did not. */
  | { readonly kind: 'alarm' };

/** What calibration has shown for this probe. */
export interface ProbeStanding {
  /** A denied caller gets AccessDeniedException, so authorization comes before the answers of the service. */
  readonly orderProven: boolean;
  /** Codes that a denied caller got as well: they prove nothing. */
  readonly refuted: readonly string[];
}

export const UNCALIBRATED: ProbeStanding = { orderProven: false, refuted: [] };

/** Answers to callers whom AWS does not know, or whose account is not subscribed, say nothing about permissions. */
const isNotEvaluated = (code: string): boolean => {
  const meaning = codeMeaning(code);
  return meaning === 'unknown-caller' || meaning === 'not-subscribed' || meaning === 'no-credentials';
};

const isThrottled = (code: string): boolean => codeMeaning(code) === 'throttled';

const LAYERS: Readonly<Record<string, Layer>> = {
  'identity-based policy': 'identity',
  'permissions boundary': 'boundary',
  'service control policy': 'scp',
  'resource control policy': 'rcp',
  'session policy': 'session',
  'sessions policy': 'session',
  'resource-based policy': 'resource',
  'vpc endpoint policy': 'endpoint',
};

const sdkError = z.object({
  name: z._default(z.string(), 'Error'),
  message: z._default(z.string(), ''),
  code: z.optional(z.unknown()),
  $metadata: z.optional(
    z.object({ httpStatusCode: z.optional(z.number()), requestId: z.optional(z.string()) }),
  ),
});

/** Puts what an SDK call threw into the words of the wire: a service's error code, or that of a failed connection. */
export function outcomeOf(error: unknown): ProbeOutcome {
  const at = new Date().toISOString();
  const parsed = sdkError.safeParse(error);
  if (!parsed.success) return { code: 'UnknownError', message: String(error), at };
  const { name, message, code, $metadata } = parsed.data;
  // Node's own errors are called Error or AggregateError and carry ECONNREFUSED and the like as their code.
  const nodeError = (name === 'Error' || name === 'AggregateError') && typeof code === 'string';
  return {
    code: nodeError ? code : name,
    message,
    at,
    ...($metadata?.httpStatusCode !== undefined && { status: $metadata.httpStatusCode }),
    ...($metadata?.requestId !== undefined && { requestId: $metadata.requestId }),
  };
}

/** Worth a second attempt: throttled, failed inside the service, or no answer at all. */
export const isTransient = ({ code, status }: ProbeOutcome): boolean =>
  code !== 'success' && !isNotEvaluated(code) && (isThrottled(code) || status === undefined || status >= 500);

/**
 * Reads an answer. The order of the rules is what keeps it honest: a denial counts only where the message names this
 * very action, and the framework's validation, which may come before authorization, never counts as permission.
 *
 * Sources: Amazon Rekognition Developer Guide, "Error handling"; IAM User Guide, "Troubleshoot access denied error
 * messages"; the API model's error lists.
 */
export function readProbeAnswer(probe: Probe, outcome: ProbeOutcome, standing: ProbeStanding): ProbeReading {
  const { code, message } = outcome;
  if (isNotEvaluated(code)) return { kind: 'not-evaluated', reason: `${code}: ${message}` };
  if (codeMeaning(code) === 'denied') return readDenial(probe, outcome);
  if (/validation error detected|failed to satisfy constraint/i.test(message)) {
    return undetermined('the request was refused as invalid, which may happen before authorization');
  }
  if (code === 'success') {
    return probe.class === 'safe-by-read' ? { kind: 'decided', decision: 'allowed' } : { kind: 'alarm' };
  }
  if (standing.refuted.includes(code)) {
    return undetermined(`${code}: calibration has shown that a denied caller gets this answer too`);
  }
  if (probe.proves.includes(code) && (standing.orderProven || !probe.calibrateFirst)) {
    return { kind: 'decided', decision: 'allowed' };
  }
  if (probe.proves.includes(code) || probe.probable.includes(code)) {
    if (standing.orderProven) return { kind: 'decided', decision: 'allowed' };
    const reason = `${code}: probably permitted, but this probe has not been calibrated in this Region`;
    return { kind: 'undetermined', reason, probable: true };
  }
  return undetermined(unreadable(outcome));
}

function readDenial(probe: Probe, { message }: ProbeOutcome): ProbeReading {
  const named = /not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)/.exec(message)?.[1];
  if (named === undefined) {
    return undetermined(
      `denied in words that are not IAM's (${quote(message)}): the feature may be closed to this account or missing in this Region`,
    );
  }
  if (named !== probe.action) {
    const reason = `the call was denied ${named}, which says nothing about ${probe.action}`;
    return { kind: 'undetermined', reason, dependentAction: named };
  }
  const namedLayer = layerIn(message);
  const resource = / on resource: (arn:\S+)/.exec(message)?.[1]?.replace(/[.,]$/, '');
  return {
    kind: 'decided',
    decision: /\bexplicit deny\b/.test(message) ? 'explicitDeny' : 'implicitDeny',
    ...(namedLayer && { namedLayer }),
    ...(resource !== undefined && { resource }),
  };
}

function layerIn(message: string): Layer | undefined {
  const words =
    /with an explicit deny in an? ([a-z-]+(?: [a-z-]+)*? (?:policy|boundary))\b/i.exec(message)?.[1] ??
    /because no ([a-z-]+(?: [a-z-]+)*? (?:policy|boundary)) allows\b/i.exec(message)?.[1];
  return words === undefined ? undefined : LAYERS[words.toLowerCase()];
}

function unreadable({ code, message, status }: ProbeOutcome): string {
  if (isThrottled(code)) return `throttled (${code})`;
  if (status === undefined) return `no answer (${code}${message ? `: ${quote(message)}` : ''})`;
  return `${code} (HTTP ${status}) says neither yes nor no: ${quote(message)}`;
}

const undetermined = (reason: string): ProbeReading => ({ kind: 'undetermined', reason });

const quote = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
