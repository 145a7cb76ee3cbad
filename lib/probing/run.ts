import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeValues } from '#lib/catalog/probe-names.ts';
import type { Probe } from '#lib/catalog/probes.ts';
import { createPace, type Paced } from '#lib/iam/pace.ts';
import { isTransient, outcomeOf, type ProbeOutcome, readProbeAnswer, UNCALIBRATED } from './answer.ts';
import { PROBE_CALLS, type ProbeClients } from './calls.ts';
import { startFaceLivenessSession } from './streaming.ts';

/** How fast a principal is probed. */
export interface ProbePace {
  /** Calls under way at a time. */
  readonly concurrency: number;
  readonly perSecond: number;
  readonly attempts: 1 | 2;
  /** Milliseconds before the second attempt. */
  readonly pause: number;
}

/** Below the smallest default quota of Rekognition's operations; all probes of a principal take some ten seconds. */
export const DEFAULT_PACE: ProbePace = { concurrency: 4, perSecond: 8, attempts: 2, pause: 1000 };

/** What a run of probes brought in. A probe without an outcome was not asked; `stopped` says why. */
export interface ProbeRun {
  readonly outcomes: ReadonlyMap<string, ProbeOutcome>;
  /** Calls that were meant to fail and succeeded. */
  readonly unexpected: readonly { readonly probe: Probe; readonly outcome: ProbeOutcome }[];
  readonly stopped?: string;
}

/**
 * Makes the calls, a few at a time, in the order given. Stops at once, aborting what is under way, when a call that was
 * meant to fail succeeds, when the credentials are refused, or when the signal says so.
 */
export async function runProbes(options: {
  readonly clients: ProbeClients;
  readonly probes: readonly Probe[];
  readonly values: ProbeValues;
  readonly pace: ProbePace;
  readonly signal?: AbortSignal;
}): Promise<ProbeRun> {
  const { probes, pace } = options;
  const outcomes = new Map<string, ProbeOutcome>();
  const unexpected: { probe: Probe; outcome: ProbeOutcome }[] = [];
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
  let stopped: string | undefined;
  const paced = createPace({
    callsPerSecond: pace.perSecond,
    concurrency: pace.concurrency,
    sleep: (milliseconds) => rest(milliseconds, signal),
  });

  const ask = async (probe: Probe): Promise<void> => {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const outcome = await call(options.clients, probe, options.values, { paced, signal });
      if (outcome === undefined) return;
      outcomes.set(probe.action, outcome);
      const reading = readProbeAnswer(probe, outcome, UNCALIBRATED);
      if (reading.kind === 'alarm') {
        unexpected.push({ probe, outcome });
        stopped = `${probe.action} succeeded, although it was meant to fail`;
        stop.abort();
      } else if (reading.kind === 'not-evaluated') {
        stopped ??= `not evaluated, the credentials were refused: ${reading.reason}`;
        stop.abort();
      }
      if (!isTransient(outcome) || attempt >= pace.attempts) return;
      await rest(pace.pause, signal);
    }
  };

  await Promise.all(probes.map(ask));
  if (stopped === undefined && signal.aborted) stopped = 'stopped before it was answered';
  return { outcomes, unexpected, ...(stopped !== undefined && { stopped }) };
}

/** One call. `undefined` where it was aborted: whatever came of it, nobody has seen the answer. */
async function call(
  clients: ProbeClients,
  probe: Probe,
  values: ProbeValues,
  { paced, signal }: { readonly paced: Paced; readonly signal: AbortSignal },
): Promise<ProbeOutcome | undefined> {
  try {
    const { $metadata } = await paced(() => {
      signal.throwIfAborted();
      return send(clients, probe, values, signal);
    });
    return {
      code: 'success',
      message: '',
      status: 200,
      at: new Date().toISOString(),
      ...($metadata.requestId !== undefined && { requestId: $metadata.requestId }),
    };
  } catch (error) {
    return signal.aborted ? undefined : outcomeOf(error);
  }
}

function send(
  { streaming, ...clients }: ProbeClients,
  probe: Probe,
  values: ProbeValues,
  abortSignal: AbortSignal,
) {
  switch (probe.operation) {
    case undefined:
    case 'StartPersonTracking':
    case 'GetPersonTracking':
      throw new Error(`${probe.action} is never called`);
    case 'StartFaceLivenessSession':
      if (!streaming) throw new Error(`${probe.action} needs the streaming client`);
      return startFaceLivenessSession(streaming, values, { abortSignal });
    default:
      return PROBE_CALLS[probe.operation](clients, values, { abortSignal });
  }
}

/** Waits, or returns early when the signal says stop. */
async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
