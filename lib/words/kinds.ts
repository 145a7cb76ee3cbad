/** The kinds of findings, in the order in which those of one severity are told: too much, then too little, then what is unclear. */
export const findingKinds = [
  /** A live call that was meant to fail succeeded: something may have been created or deleted. */
  'probe-alarm',
  /** Somebody can act as it whom nobody expected. */
  'exposed',
  'excess',
  'unguarded',
  /** The access grew, was there for a while, or shrank, whatever is expected. */
  'access-gained',
  'access-was-open',
  /** Somebody whom its trust policy names elsewhere has its access by now, and nobody said who should. */
  'access-shared',
  /** It can give itself, or pass on, what it should not have. */
  'indirect',
  'missing',
  /** An expected way to act as it is missing, or can never be used. */
  'unreachable',
  'access-lost',
  'contradiction',
  'managed-policy-changed',
  'suppression-expired',
  'inconclusive',
] as const;

export type FindingKind = (typeof findingKinds)[number];

/** What people read of a kind. */
export interface KindWords {
  /** In a few words: `allowed, not expected`. */
  readonly title: string;
  /** The same of a finding that is gone: `as expected again`. */
  readonly resolved: string;
  /**
   * The same as the end of a sentence about somebody: `can now delete faces`. `{now}` is "now", "still" or nothing, `{still}` the
   * latter two, `{what}` the first actions, `{count}` how many there are, `{when}` a condition, `{edited}` that the team's own edit made it so,
   * `{used}` how somebody comes to it, `{whom}` the widest who does.
   */
  readonly sentence: string;
  /** The same where the finding names no action. */
  readonly bare?: string;
  /** The same where the finding is about who could come to it. */
  readonly reached?: string;
  /** The same where the principal is gone. */
  readonly deleted?: string;
  /** The same of a finding that is gone. */
  readonly ended: string;
  /** What it means, in a sentence. */
  readonly means: string;
  /** What to do about such findings. */
  readonly help: string;
}

/** One table for the terminal, messages, the page and every format. */
export const kindWords: Readonly<Record<FindingKind, KindWords>> = {
  excess: {
    title: 'allowed, not expected',
    resolved: 'as expected again',
    sentence: 'can{now} {what}{edited}',
    ended: 'is as expected again: {what}',
    means: 'A principal can do in Amazon Rekognition what the expectation denies.',
    help: 'Take the permission away, or expect it.',
  },
  missing: {
    title: 'expected, not allowed',
    resolved: 'as expected again',
    sentence: 'cannot{still} {what}{edited}',
    ended: 'is as expected again: {what}',
    means: "The expectation allows what the principal's policies deny: something is about to break.",
    help: 'Give the permission, or expect less.',
  },
  unguarded: {
    title: 'allowed without a condition that is expected',
    resolved: 'as expected again',
    sentence: 'can{now} {what}{when}{edited}',
    ended: 'is as expected again: {what}{when}',
    means: 'Access holds without the condition (MFA, TLS, source IP, date) that the expectation demands.',
    help: 'Add the condition to the statement that allows it, or expect the access without it.',
  },
  contradiction: {
    title: 'contradictory answers',
    resolved: 'the answers agree again',
    sentence: 'has{still} contradictory answers: {what}',
    ended: 'has agreeing answers again: {what}',
    means: 'Two sources of evidence give different answers to the same request.',
    help: 'Look at the causes that the finding names, and check again.',
  },
  'access-gained': {
    title: 'can do more than before',
    resolved: 'the access is as it was before',
    sentence: 'can now {what}',
    ended: 'has the access of before: {what}',
    means: 'The access of a principal grew.',
    help: 'Make sure that the change was meant.',
  },
  'access-lost': {
    title: 'can do less than before',
    resolved: 'the access is as it was before',
    sentence: 'can no longer {what}',
    deleted: 'was deleted',
    ended: 'has the access of before: {what}',
    means: 'The access of a principal shrank.',
    help: 'Make sure that the change was meant.',
  },
  'access-was-open': {
    title: 'was open for a while',
    resolved: 'the access is as it was before',
    sentence: 'could {what} for a while',
    bare: 'had access for a while that is not known',
    reached: 'could be {used} by {whom} for a while: {what}',
    ended: 'has the access of before: {what}',
    means:
      'Somebody could do something, or come to a role, for a while between two looks, and cannot any more.',
    help: 'Ask who made the changes, and look up in CloudTrail what was done meanwhile.',
  },
  'access-shared': {
    title: 'is shared with somebody outside of the account',
    resolved: 'the access is as it was before',
    sentence: 'can{now} be {used} by {whom}: {what}',
    bare: 'can{now} be {used} by {whom}',
    ended: 'has the access of before: {what}',
    means: 'Another account, or an identity that a provider vouches for, has the access by now.',
    help: 'Make sure that the change was meant, or say in "assumed-by" who is expected.',
  },
  'managed-policy-changed': {
    title: 'a managed policy changed',
    resolved: 'as expected again',
    sentence: 'changed by {count}',
    bare: 'changed',
    ended: 'is as expected again',
    means: 'The default version of a managed policy that an expectation names is another one.',
    help: 'Read what the policy grants by now, and name the version that is meant.',
  },
  'suppression-expired': {
    title: 'a suppression ran out',
    resolved: 'the expired suppression is gone',
    sentence: 'has a suppression that ran out',
    ended: 'has no expired suppression any more',
    means: 'The last day of a suppression is past, so that it covers nothing any more.',
    help: 'Mend what it covered, or have its owner renew it.',
  },
  exposed: {
    title: 'can be assumed by whom nobody expected',
    resolved: 'can be assumed as expected again',
    sentence: 'can{now} be {used} by {whom}: {what}',
    ended: 'can be {used} as expected again',
    means: 'Somebody can act as a principal whom the expectation does not name.',
    help: 'Narrow the trust policy, or name them under assumed-by.',
  },
  unreachable: {
    title: 'cannot be assumed by whom it is for',
    resolved: 'can be assumed as expected again',
    sentence: 'can{still} not be assumed by whom it is for',
    ended: 'can be {used} as expected again',
    means: 'A way to act as a principal that the expectation names is missing, or can never be used.',
    help: 'Let them in by the trust policy, or take them out of assumed-by.',
  },
  indirect: {
    title: 'can give itself what it should not have',
    resolved: 'as expected again',
    sentence: 'can{now} give itself what it lacks: {what}',
    ended: 'is as expected again: {what}',
    means: 'A principal can change permissions so that it gains access to Amazon Rekognition.',
    help: 'Take the permission over IAM away, or expect the access.',
  },
  'probe-alarm': {
    title: 'a live call that was meant to fail succeeded',
    resolved: 'live calls go on',
    sentence: 'LIVE PROBE SUCCEEDED, look at once: {what}',
    ended: 'is probed again after the alarm',
    means: 'A live call may have created, changed or deleted something.',
    help: 'Look at what the call names, and stop probing until it is understood.',
  },
  inconclusive: {
    title: 'could not be determined',
    resolved: 'could be determined again',
    sentence: 'could{still} not be checked in full',
    ended: 'could be checked again',
    means: 'Something could not be read or decided; its severity is that of the worst that it might hide.',
    help: 'Provide what the finding says is missing, and check again.',
  },
};

const isKind = (kind: string): kind is FindingKind => Object.hasOwn(kindWords, kind);

/** The title of a kind, as a report names it: another version may know others. */
export const titleOfKind = (kind: string): string => (isKind(kind) ? kindWords[kind].title : kind);
