import type { KnownWay } from '#lib/reach/known-ways.ts';
import { findingId } from './finding-id.ts';
import type { OutsideWay } from './shared-access.ts';
import type { Finding } from './types.ts';

/** What is looked at as one thing: the images and videos that Rekognition is given. */
export const contentSubject = 'content';

/** AWS, as somebody from outside who comes to the content. */
const byAws: KnownWay = { kind: 'service', who: 'rekognition.amazonaws.com', claims: [], through: [] };

/**
 * Whether AWS may keep what Rekognition is given, to improve its services: who from outside has the content. No finding, but
 * a note, and news when it is new.
 *
 * @param optsOut what the organization's AI services policy, in effect, says of Rekognition
 */
export function contentUse(accountId: string, optsOut: boolean): readonly OutsideWay[] {
  return optsOut ? [] : [{ way: byAws, news: newsOf(accountId) }];
}

/** Whether content was kept from AWS at the last look; undefined: nobody has looked. */
export function wasOptedOut(known: readonly KnownWay[] | undefined): boolean | undefined {
  return known && !known.some(({ kind, who }) => kind === byAws.kind && who === byAws.who);
}

/** What is known of the content, in a sentence. */
export function contentNote(optsOut: boolean): string {
  return optsOut
    ? "The organization's AI services policy opts Rekognition out: AWS keeps no content to improve it."
    : "The organization's AI services policy does not opt Rekognition out: AWS may keep content to improve it.";
}

function newsOf(accountId: string): Finding {
  return {
    id: findingId(accountId, contentSubject, 'access-shared', ['not opted out']),
    kind: 'access-shared',
    severity: 'high',
    subject: contentSubject,
    actions: [],
    reachedBy: 'AWS to improve its services',
    by: [],
    summary: contentNote(false),
    remedies: [
      "Let an AI services opt-out policy of the organization's root, or of this account, opt rekognition out (AISERVICES_OPT_OUT_POLICY).",
      'aws organizations describe-effective-policy --policy-type AISERVICES_OPT_OUT_POLICY',
    ],
  };
}
