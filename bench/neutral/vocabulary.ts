/** What the messages of the neutral data consist of. `{w}` is a word, `{i}` a number, `{n}` a small one, `{h}` ten hex digits, `{m}` a method. */
export const WORDS = (
  'alpha bravo cargo delta ember falcon garnet harbor indigo jasper kernel lumen matrix nebula onyx pixel quartz raven ' +
  'saffron timber umber vertex willow xenon yonder zephyr anchor beacon cobalt drift eclipse fjord glacier hollow island ' +
  'juniper krypton lagoon meadow nectar orbit prism quiver ripple summit tundra velvet walnut zenith'
).split(' ');

export const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
export const REGIONS = ['eu-west-1', 'eu-central-1', 'us-east-1', 'us-west-2', 'ap-south-1'];

export const COMPONENTS = (
  'api-gateway auth-service user-service order-service payment-service inventory catalog search recommendation ' +
  'notification email-worker sms-worker billing invoice-worker shipping fraud-detector session-store file-storage ' +
  'scheduler web-frontend'
).split(' ');

export const ERRORS = (
  'TimeoutError ConnectionRefused ValidationError NotFoundError PermissionDenied RateLimitExceeded DeadlockDetected ' +
  'SerializationFailure OutOfMemory UpstreamBadGateway TokenExpired DiskFull'
).split(' ');

export const MESSAGES = `
Handled request {m} /v1/{w}/{i} for tenant {w}
Cache lookup for key {w}:{i}:{h} in shard {n}
Fetched {n} rows from table {w}_{w} using index idx_{w}
Published message {h} to topic {w}.{w} partition {n}
Consumed message {h} from queue {w}-{w} offset {i}
Opened database connection {n} to host {w}-{w}.internal
Closed idle connection {i} after being unused on {w}
Validated token {h} for session {i} scope {w}
Scheduled job {w}-{w} with run id {h}
Completed job {w}-{w} run {h} step {n}
Payment intent {h} moved to state {w} for order {i}
Order {i} reserved {n} units of sku {w}-{h}
Shipment {i} assigned to carrier {w} hub {w}
Email {h} rendered from template {w}_{w}
Webhook {h} delivered to endpoint {w}.{w}.example
Feature flag {w}.{w} evaluated to variant {n} for user {i}
Uploaded object {w}/{w}/{h} in bucket {w}
Rotated signing key {h} for issuer {w}
Query plan changed for statement {h} on {w}
Retry {n} of operation {w}_{w} on node {w}
Rate limiter bucket {w}:{i} refilled to {n} tokens
Circuit breaker {w}-{w} changed state to {w}
Heartbeat from worker {w}-{n} lag {i}
Compaction of segment {h} in {w} merged {n} files
Session {h} resumed for user {i} from device {w}
Search query {w} {w} {w} returned {i} results
Recommendation model {w}-{w} scored {i} items
Invoice {i} generated for account {w}-{h}
Fraud score computed for transaction {h} rule {w}
Inventory sync for warehouse {w} touched {i} items
DNS lookup for {w}.{w}.svc resolved to node {n}
TLS handshake with peer {w}-{w} used cipher {w}
Config key {w}.{w} reloaded with version {i}
Transaction {h} committed with {n} statements on {w}
Lock {w}:{w} acquired by owner {h}
Batch {h} flushed with {i} records to {w}
Parsed payload of {i} bytes for event {w}.{w}
User {i} updated preference {w} to {w}
Password reset issued for account {i} channel {w}
Cron tick {i} dispatched {n} tasks for {w}
Replica {w}-{n} applied log position {i}
Garbage collection on heap {w} freed {i} kilobytes
Thread pool {w} resized to {n} workers queue {i}
Request body for {w}/{w} rejected by schema {h}
Fallback path {w} used because dependency {w} was slow
Index {w}_{w} rebuilt in background with {i} entries
Export {h} streamed {i} lines to client {w}
Import {h} skipped {n} duplicates from source {w}
Metrics snapshot {h} pushed with {i} series to {w}
Audit record {h} appended for action {w} by {w}`
  .trim()
  .split('\n');

export const TAILS = [
  ' after waiting for upstream pool',
  ' with no further action needed',
  ' and result stored in local buffer',
  ' within the configured deadline',
  ' while draining previous generation',
  ' using default policy settings',
  ' on behalf of background task',
  ' before handing over to next stage',
];
