import { wildcardTest } from '@permission-check/iam-policy';
import { resourceTypes } from '#lib/catalog/actions.ts';
import { didYouMean, nearest } from '#lib/catalog/did-you-mean.ts';
import { awsRegions, partitions, regionProblem } from '#lib/catalog/regions.ts';
import { arnSegments, canNameType } from '#lib/catalog/resource-arn.ts';

/** What follows the account in the ARNs of Rekognition: `collection`, `project`, `streamprocessor`. */
const kinds = [
  ...new Set(resourceTypes.map(({ arn }) => arn.split(':').slice(5).join(':').split('/')[0] ?? '')),
];

const SERVICE = 'rekognition';

/** Something wrong with a pattern. */
export interface PatternProblem {
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

const error = (message: string): PatternProblem => ({ severity: 'error', message });
const isOpen = (part: string): boolean => /[*?]|\$\{/.test(part);

/**
 * What is wrong with a resource pattern. Where the statement's actions are Rekognition's alone, the pattern must be able
 * to match a resource of Rekognition; resources of other services are not known here, and only what looks like a
 * mistyped `rekognition` or a mistyped service of the actions is told.
 *
 * @param services of the statement's actions, lower-case; undefined: any
 */
export function problemsOfResource(
  pattern: string,
  services: ReadonlySet<string> | undefined,
): PatternProblem[] {
  if (/^\*+$/.test(pattern)) return [];
  // A policy variable may stand for the whole ARN.
  if (pattern.startsWith('${')) return [];
  if (!pattern.startsWith('arn:')) return [error(`"${pattern}" is not a resource: write "*" or an ARN`)];
  const parts = arnSegments(pattern);
  const [, partition = '', service = '', region = '', account = '', ...path] = parts;
  const wrongService = problemOfService(pattern, service, services);
  if (wrongService !== undefined) return [error(wrongService)];
  if (!isOpen(partition) && !partitions.includes(partition)) {
    return [error(`"${pattern}": no partition is called "${partition}"${didYouMean(partition, partitions)}`)];
  }
  if (service !== SERVICE) return [];
  if (path.length === 0) {
    return [error(`"${pattern}" is no whole ARN: write arn:aws:rekognition:REGION:ACCOUNT:collection/NAME`)];
  }
  return [
    ...problemsOfRegion(pattern, region),
    ...(isOpen(account) || /^\d{12}$/.test(account)
      ? []
      : [error(`"${pattern}": "${account}" is no account id, which has twelve digits`)]),
    ...problemsOfPath(pattern, path.join(':')),
  ];
}

function problemOfService(
  pattern: string,
  service: string,
  services: ReadonlySet<string> | undefined,
): string | undefined {
  if (isOpen(service)) return undefined;
  const known = services === undefined ? [SERVICE] : [...services];
  if (known.includes(service)) return undefined;
  if (services?.size === 1 && services.has(SERVICE)) {
    return `"${pattern}" is a resource of "${service}", and no action of Rekognition is about it${didYouMean(service, known)}`;
  }
  const meant = nearest(service, [...new Set([...known, SERVICE])]);
  return meant === undefined || meant === service
    ? undefined
    : `"${pattern}": unknown service "${service}" (did you mean "${meant}"?)`;
}

function problemsOfRegion(pattern: string, region: string): PatternProblem[] {
  if (region.includes('${')) return [];
  if (!isOpen(region)) {
    const problem = regionProblem(region);
    return problem === undefined ? [] : [{ ...problem, message: `"${pattern}": ${problem.message}` }];
  }
  const matches = wildcardTest(region);
  return awsRegions.some(matches)
    ? []
    : [{ severity: 'warning', message: `"${pattern}": no Region of AWS matches "${region}"` }];
}

function problemsOfPath(pattern: string, path: string): PatternProblem[] {
  if (resourceTypes.some(({ name }) => canNameType(name, pattern))) return [];
  const [kind = ''] = path.split('/');
  if (!isOpen(kind) && !kinds.includes(kind)) {
    return [
      error(
        `"${pattern}" matches no resource: "${kind}" is none of ${kinds.join(', ')}${didYouMean(kind, kinds)}`,
      ),
    ];
  }
  const forms = resourceTypes
    .map(({ arn }) => arn.split(':').slice(5).join(':'))
    .filter((form) => isOpen(kind) || form.startsWith(`${kind}/`))
    .map((form) => form.replace(/\$\{(\w+)\}/g, '$1'));
  const timestamp = resourceTypes.some(({ name }) => canNameType(name, `${pattern}/*`))
    ? ': the ARN ends in the time of creation, add /*'
    : '';
  return [error(`"${pattern}" matches no resource${timestamp}. ARNs end in ${forms.join(' or ')}`)];
}
