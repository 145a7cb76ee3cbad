import { arnParts } from '#lib/account/arn.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import type { Finding } from '#lib/compare/types.ts';
import type { HiddenPair } from '#lib/past/hidden-edits.ts';
import { type Opening, timesInWords } from '#lib/past/was-open.ts';
import { listed } from '#lib/words/labels.ts';
import { accountSubject } from './sweep.ts';

/** Somebody whom an event names and whom IAM does not have: what was given to it may be there all the same. */
export const absentPrincipal = (subject: string, arn: string): Finding =>
  unknown(subject, arn, {
    cause: 'absent',
    summary: `Nothing is known of ${subject}: an event says that it was changed, and IAM does not have it, minutes later either.`,
    remedy: 'Look the event up in CloudTrail. The next sweep looks for it again.',
  });

/** A principal that could not be checked: never in silence, and never as if it had been. */
export function failedCheck(subject: string, arn: string, error: unknown): Finding {
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return unknown(subject, arn, {
    cause: 'check failed',
    summary: `Nothing is known of ${subject}: its check failed with ${reason}.`,
    remedy: 'Check again; if it stays, report the error with the policies of the principal.',
  });
}

/** An administrator about whom IAM's simulation, asked several times, did not answer. */
export const unknownOrganization = (subject: string, arn: string): Finding =>
  unknown(subject, arn, {
    cause: 'organization',
    summary: `Whether the organization takes anything of Rekognition from ${subject}, or has ceased to, is not known: IAM's simulation did not answer.`,
    remedy: 'Check again; the next sweep does.',
  });

/** Two events that hide what they wrote, of whom nobody knows: in between anybody may have had anything. */
export function hiddenOpening(accountId: string, { first, then }: HiddenPair): Opening {
  const times = timesInWords(first.time, then.time);
  return {
    from: first.time,
    to: then.time,
    finding: {
      id: findingId(accountId, accountSubject, 'inconclusive', ['was hidden', first.eventId]),
      kind: 'inconclusive',
      severity: 'critical',
      subject: accountSubject,
      actions: [],
      by: [],
      summary: `What somebody of the account could do ${times} is not known: ${first.actor.name} ${first.what}, and ${then.actor.name} ${then.what}. The second may have taken back what the first gave.`,
      remedies: [
        `Ask ${listed([...new Set([first.actor.name, then.actor.name])])} what was written; CloudTrail has left it out, and white space alone makes a policy that large. Look up in CloudTrail who used Rekognition in that time.`,
      ],
    },
  };
}

/** What it may do is not known, so it is taken for the worst. */
const unknown = (
  subject: string,
  arn: string,
  { cause, summary, remedy }: { readonly cause: string; readonly summary: string; readonly remedy: string },
): Finding => ({
  id: findingId(arnParts(arn).accountId, arn, 'inconclusive', [cause]),
  kind: 'inconclusive',
  severity: 'critical',
  subject,
  principalArn: arn,
  actions: [],
  by: [],
  summary,
  remedies: [remedy],
});
