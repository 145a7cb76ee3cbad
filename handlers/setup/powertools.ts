import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** One logger and one set of metrics a function; named by POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE. */
export const logger = new Logger();
const metrics = new Metrics({ defaultDimensions: { stack: process.env.STACK_NAME ?? 'none' } });

/** Counts something once: the metrics leave with the log line, so that nothing waits for CloudWatch. */
export function count(name: string, value = 1): void {
  if (value > 0) metrics.addMetric(name, MetricUnit.Count, value);
}

/**
 * Writes what was counted. Lambda drops what is below the function's log level, and takes a line that does not say its level
 * for INFO: metrics are no log, so theirs is the highest.
 */
export function publishMetrics(): void {
  metrics.addMetadata('level', 'FATAL').addMetadata('timestamp', new Date().toISOString());
  metrics.publishStoredMetrics();
}

/** Writes the metrics of an invocation, also when it failed. */
export async function withMetrics<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } finally {
    publishMetrics();
  }
}
