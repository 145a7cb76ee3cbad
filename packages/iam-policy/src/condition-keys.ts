/**
 * The condition keys that AWS has for all services: what their values are, and who sets them.
 *
 * Source: IAM User Guide, "AWS global condition context keys"; "Session tags"; "Monitor and control actions taken with
 * assumed roles".
 */

export type KeyType = 'text' | 'bool' | 'date' | 'number' | 'ip' | 'unknown';

/**
 * Who decides what a key says in a request.
 *
 * - `principal`: IAM, from what the principal or its session is; the same in every request of the session.
 * - `caller`: whoever makes the request, or whoever started the session, as far as the trust policy lets them.
 * - `service`: AWS, from how the request was made (network, time, endpoint, another service) and from the resource.
 */
export type KeySetter = 'principal' | 'caller' | 'service';

export interface KeyFacts {
  readonly type: KeyType;
  readonly setBy: KeySetter;
  /** In every request. */
  readonly always: boolean;
  /** Whether it has a list of values; undefined for keys that are not known here. */
  readonly multivalued: boolean | undefined;
  /** Whether a value can be the empty text. */
  readonly mayBeEmpty: boolean;
  /** The only values in requests of users and roles; none: these never have the key. Absent: not listed. */
  readonly values?: readonly string[];
  /** The most characters of a value. */
  readonly longest?: number;
  /** The least of a number. */
  readonly least?: number;
}

/** Of the key and of the value of a tag, wherever AWS has tags. */
const [longestTagKey, longestTagValue] = [128, 256];

interface Row extends Partial<Omit<KeyFacts, 'setBy'>> {
  readonly setBy: KeySetter;
}

/** By the name as AWS spells it; a name that ends in `/` stands for all keys that begin so. */
const table: Readonly<Record<string, Row>> = {
  'aws:AssumedRoot': { setBy: 'principal', type: 'bool' },
  'aws:CalledVia': { setBy: 'service', multivalued: true },
  'aws:CalledViaAWSMCP': { setBy: 'service' },
  'aws:CalledViaFirst': { setBy: 'service' },
  'aws:CalledViaLast': { setBy: 'service' },
  'aws:ChatbotSourceArn': { setBy: 'service' },
  'aws:CurrentTime': { setBy: 'service', type: 'date', always: true },
  'aws:Ec2InstanceSourcePrivateIPv4': { setBy: 'service', type: 'ip' },
  'aws:Ec2InstanceSourceVpc': { setBy: 'service' },
  'aws:EpochTime': { setBy: 'service', type: 'date', always: true },
  'aws:FederatedProvider': { setBy: 'principal' },
  'aws:IsMcpServiceAction': { setBy: 'service', type: 'bool' },
  'aws:MultiFactorAuthAge': { setBy: 'service', type: 'number', least: 0 },
  'aws:MultiFactorAuthPresent': { setBy: 'service', type: 'bool' },
  'aws:PrincipalAccount': { setBy: 'principal' },
  'aws:PrincipalArn': { setBy: 'principal' },
  'aws:PrincipalIsAWSService': { setBy: 'service', type: 'bool', always: true, values: ['false'] },
  'aws:PrincipalOrgID': { setBy: 'principal' },
  'aws:PrincipalOrgPaths': { setBy: 'principal', multivalued: true },
  'aws:PrincipalServiceName': { setBy: 'service', values: [] },
  'aws:PrincipalServiceNamesList': { setBy: 'service', multivalued: true, values: [] },
  'aws:PrincipalTag/': { setBy: 'principal', mayBeEmpty: true, longest: longestTagValue },
  'aws:PrincipalType': { setBy: 'principal' },
  'aws:Referer': { setBy: 'caller', mayBeEmpty: true },
  'aws:RequestTag/': { setBy: 'caller', mayBeEmpty: true, longest: longestTagValue },
  'aws:RequestedRegion': { setBy: 'caller', always: true },
  'aws:ResourceAccount': { setBy: 'service' },
  'aws:ResourceOrgID': { setBy: 'service' },
  'aws:ResourceOrgPaths': { setBy: 'service', multivalued: true },
  'aws:ResourceTag/': { setBy: 'service', mayBeEmpty: true, longest: longestTagValue },
  'aws:SecureTransport': { setBy: 'service', type: 'bool', always: true },
  'aws:SourceAccount': { setBy: 'service' },
  'aws:SourceArn': { setBy: 'service' },
  'aws:SourceIdentity': { setBy: 'caller', longest: 64 },
  'aws:SourceIp': { setBy: 'service', type: 'ip' },
  'aws:SourceOrgID': { setBy: 'service' },
  'aws:SourceOrgPaths': { setBy: 'service', multivalued: true },
  'aws:SourceOwner': { setBy: 'service' },
  'aws:SourceVpc': { setBy: 'service' },
  'aws:SourceVpcArn': { setBy: 'service' },
  'aws:SourceVpce': { setBy: 'service' },
  'aws:TagKeys': { setBy: 'caller', multivalued: true },
  'aws:TokenIssueTime': { setBy: 'service', type: 'date' },
  'aws:UserAgent': { setBy: 'caller', mayBeEmpty: true },
  'aws:ViaAWSMCPService': { setBy: 'service', type: 'bool' },
  'aws:ViaAWSService': { setBy: 'service', type: 'bool', always: true },
  'aws:VpcSourceIp': { setBy: 'service', type: 'ip' },
  'aws:VpceAccount': { setBy: 'service' },
  'aws:VpceOrgID': { setBy: 'service' },
  'aws:VpceOrgPaths': { setBy: 'service', multivalued: true },
  'aws:userid': { setBy: 'principal' },
  'aws:username': { setBy: 'principal' },
  'ec2:RoleDelivery': { setBy: 'principal', type: 'number' },
  'ec2:SourceInstanceArn': { setBy: 'principal' },
  'glue:CredentialIssuingService': { setBy: 'principal' },
  'glue:RoleAssumedBy': { setBy: 'principal' },
  'identitystore:UserId': { setBy: 'principal' },
  'lambda:SourceFunctionArn': { setBy: 'principal' },
  'ssm:SourceInstanceArn': { setBy: 'principal' },
};

const byLowerCase = new Map(
  Object.entries(table).map(([name, row]): [string, KeyFacts] => [
    name.toLowerCase(),
    { type: 'text', always: false, multivalued: false, mayBeEmpty: false, ...row },
  ]),
);

const unknown: KeyFacts = {
  type: 'unknown',
  setBy: 'service',
  always: false,
  multivalued: undefined,
  mayBeEmpty: true,
};

/** The names of the table, as AWS spells them; one that ends in `/` goes on with the key of a tag. */
export const globalConditionKeys: readonly string[] = Object.keys(table);

/** What is known of a key, whatever its case; a key that AWS does not have for all services is `unknown`. */
export function keyFacts(key: string): KeyFacts {
  const lower = key.toLowerCase();
  const slash = lower.indexOf('/');
  if (slash === -1) return byLowerCase.get(lower) ?? (ofCallsToSts.has(lower) ? sentToSts : unknown);
  const facts = byLowerCase.get(lower.slice(0, slash + 1));
  if (facts === undefined) return unknown;
  return lower.length - slash - 1 > longestTagKey ? { ...facts, values: [] } : facts;
}

/** What whoever begins a session sends once. Source: IAM User Guide, "IAM and AWS STS condition context keys". */
const ofCallsToSts = new Set(['sts:externalid', 'sts:rolesessionname', 'sts:sourceidentity']);
const sentToSts: KeyFacts = { ...unknown, setBy: 'caller', multivalued: false };

const ofPrincipal = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principaltype',
  'aws:userid',
  'aws:username',
]);

/** Keys that say who asks: what a principal does not have, no request of it has, unless its session brings it. */
export function isPrincipalKey(key: string): boolean {
  const lower = key.toLowerCase();
  return ofPrincipal.has(lower) || lower.startsWith('aws:principaltag/');
}
