import type { Account } from '#lib/account/types.ts';
import { managedPolicies } from '#lib/catalog/managed-policies.ts';
import type { Change } from '#lib/change/types.ts';
import type { Batch } from '#lib/outbox/batch.ts';
import type { RecordEntry } from '#lib/outbox/store.ts';
import { subjectName } from '#lib/words/labels.ts';
import { type AskedPrincipal, type CheckMessage, chunkBatch } from './messages.ts';

/** What is swept beside users and roles: Rekognition's managed policies, and the expectations themselves. */
export const policySubject = (name: string): string => `policy/${name}`;
export const expectationsSubject = 'expectations';
/** Custom Labels projects: who of elsewhere can copy their models. */
export const projectsSubject = 'projects';
/** What concerns whoever it may be of the account. */
export const accountSubject = 'account';

export interface SweepSteps {
  /** Reads the account, and keeps the reading for the checks of the batch of this id. */
  readonly readAccount: (id: string) => Promise<Account>;
  /** Everybody who is remembered. */
  readonly remembered: () => AsyncIterable<RecordEntry>;
  readonly send: (messages: readonly CheckMessage[]) => Promise<void>;
  /** What else is to be looked at, by subject. */
  readonly beside?: readonly string[];
}

/**
 * The steps of a check of the whole account that changes have led to. Nobody is looked at a second time by name: the
 * whole account is.
 */
export const sweepFor =
  (steps: SweepSteps) =>
  (id: string, causes: readonly Change[]): Promise<SweepOutcome> => {
    const send = (messages: readonly CheckMessage[]) =>
      steps.send(messages.map((message) => ({ ...message, second: true })));
    return sweepAccount(id, 'change', { ...steps, send }, causes);
  };

export interface SweepOutcome {
  readonly principals: number;
  /** Remembered, and not in the account any more: their findings are closed. */
  readonly vanished: number;
  readonly messages: number;
}

/**
 * Asks for a check of everybody: who exists now, and who is remembered and does not exist any more.
 *
 * @param id identifies the sweep; the same id again is the same batch.
 * @param changes what led to the sweep, where it was not the schedule.
 */
export async function sweepAccount(
  id: string,
  purpose: Batch['purpose'],
  steps: SweepSteps,
  changes: readonly Change[] = [],
): Promise<SweepOutcome> {
  const account = await steps.readAccount(id);
  /** What binds each of them: those whom the same binds are checked together. */
  const present = new Map<string, unknown>();
  for await (const principal of account.principals()) present.set(subjectName(principal), principal.policies);
  if (present.size === 0) {
    // An account has at least the role that runs this; an empty answer would close every finding.
    throw new Error('IAM described an account without a single user or role: nothing was swept');
  }
  const names = new Set([...present.keys()].map((subject) => subject.toLowerCase()));
  const vanished: string[] = [];
  for await (const { subject, status, announced } of steps.remembered()) {
    const isPrincipal = subject.startsWith('user/') || subject.startsWith('role/');
    // Of one who is known to be deleted, the end of what was announced may not have been announced yet.
    const isOpen = status !== 'deleted' || announced > 0;
    if (isPrincipal && isOpen && !names.has(subject.toLowerCase())) vanished.push(subject);
  }
  const others = [
    ...Object.keys(managedPolicies).map(policySubject),
    expectationsSubject,
    ...(changes.some(({ edit }) => edit?.act === 'hidden') ? [accountSubject] : []),
    ...(steps.beside ?? []),
  ];
  const eventIds = changes.map(({ eventId }) => eventId);
  const asked = [...present.keys(), ...vanished, ...others]
    .sort()
    .map((subject): AskedPrincipal => ({ subject, changes: eventIds }));
  const chunks = chunkBatch(id, purpose, asked, changes, {
    groupOf: (one) => present.get(one.subject) ?? one,
  });
  const messages = chunks.map((message) => ({ ...message, reading: id }));
  await steps.send(messages);
  return { principals: present.size, vanished: vanished.length, messages: messages.length };
}
