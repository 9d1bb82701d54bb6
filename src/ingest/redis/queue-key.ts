/** The Redis stream that Weir reads log records from. Senders write `XADD logs_queue * log '{"message": ...}'`. */
export const QUEUE_KEY = 'logs_queue';

/** All Weir servers read the stream as one consumer group, so that each entry goes to one of them. */
export const QUEUE_GROUP = 'weir';
