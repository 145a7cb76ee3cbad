import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** One logger and one set of metrics a function; named by POWERTOOLS_SERVICE_NAME and POWERTOOLS_METRICS_NAMESPACE. */
export const logger = new Logger();
export const metrics = new Metrics();

/** Counts something once: the metrics leave with the log line, so that nothing waits for CloudWatch. */
export function count(name: string, value = 1): void {
  if (value > 0) metrics.addMetric(name, MetricUnit.Count, value);
}

/** Writes the metrics of an invocation, also when it failed. */
export async function withMetrics<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } finally {
    metrics.publishStoredMetrics();
  }
}
