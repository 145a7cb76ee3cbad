import { severities } from '#lib/catalog/severity.ts';
import type { Finding } from '#lib/compare/types.ts';

/** `1 critical, 2 high`. */
export function severityCounts(findings: readonly Finding[]): string {
  return severities
    .map(
      (severity) => [findings.filter((finding) => finding.severity === severity).length, severity] as const,
    )
    .filter(([count]) => count > 0)
    .map(([count, severity]) => `${count} ${severity}`)
    .join(', ');
}
