const DURATION = /^duration: (\d{1,12}(?:\.\d{1,6})?) ms\b/;

export const durationOfPostgres = (message: string): number | null => {
  const duration = DURATION.exec(message)?.[1];
  return duration === undefined ? null : Number(duration);
};
