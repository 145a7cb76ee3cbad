import { resourceTypes } from '#lib/catalog/actions.ts';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';

/** What follows the account in the ARNs of Rekognition: `collection`, `project`, `streamprocessor`. */
const kinds = [
  ...new Set(resourceTypes.map(({ arn }) => arn.split(':').slice(5).join(':').split('/')[0] ?? '')),
];

/**
 * What is wrong with a resource pattern, or undefined. Resources of other services are not known here and pass.
 */
export function problemOfResource(pattern: string): string | undefined {
  if (pattern === '*') return undefined;
  if (!pattern.startsWith('arn:')) return `"${pattern}" is not a resource: write "*" or an ARN`;
  const [, , service = '', , , ...rest] = pattern.split(':');
  if (service !== 'rekognition' || rest.length === 0) return undefined;
  const [kind = ''] = rest.join(':').split('/');
  if (/[*?$]/.test(kind) || kinds.includes(kind)) return undefined;
  return `"${pattern}" matches no resource: "${kind}" is none of ${kinds.join(', ')}${didYouMean(kind, kinds)}`;
}
