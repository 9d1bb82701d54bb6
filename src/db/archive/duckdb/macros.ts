/**
 * Functions of PostgreSQL that DuckDB does not have, for statements that both run. `octet_length`: of a text.
 */
const FUNCTIONS = [
  'date_bin(width, at_time, origin) as time_bucket(width::interval, at_time, origin::timestamptz)',
  'octet_length(held) as strlen(held)',
  // As text, a double has no trailing .0, and an exponent from 1e15 on.
  String.raw`number_text(number) as regexp_replace(regexp_replace(regexp_replace(number::double::varchar, '\.0$', ''),
    '^(-?[0-9])([0-9]{15})(?:\.([0-9]+))?$', '\1.\2\3e+15'), '\.?0*e\+15$', 'e+15')`,
];

/**
 * The text of a JSON value as `jsonb #>> '{}'` of PostgreSQL gives it, of JSON that PostgreSQL has printed: then only an exponent, which
 * DuckDB writes for the smallest numbers, and the spaces of lists and objects differ.
 */
const JSON_TEXT = [
  `json_number(printed) as case when regexp_matches(printed, '^-?[0-9.]+e-')
    then regexp_extract(printed, '^-?') || '0.' || repeat('0', regexp_extract(printed, '[0-9]+$')::integer - 1)
      || replace(regexp_extract(printed, '[0-9.]+'), '.', '')
    else printed end`,
  // DuckDB writes the digits of an escaped character in capital letters.
  String.raw`json_string(printed) as array_to_string(list_transform(
    regexp_extract_all(printed, '\\u[0-9A-F]{4}|\\.|[^\\]+'),
    lambda piece: case when starts_with(piece, '\u') then lower(piece) else piece end), '')`,
  String.raw`json_token(token) as case
    when token = ',' or token = ':' then token || ' '
    when starts_with(token, '"') then case when contains(token, '\u') then json_string(token) else token end
    else json_number(token) end`,
  String.raw`json_tree(printed) as array_to_string(list_transform(
    regexp_extract_all(printed, '"(?:[^"\\]|\\.)*"|[][{},:]|[^][{},:"\s]+'), lambda token: json_token(token)), '')`,
  `json_text(held) as case json_type(held)
    when 'VARCHAR' then held ->> '$'
    when 'NULL' then null
    when 'OBJECT' then json_tree(held::varchar)
    when 'ARRAY' then json_tree(held::varchar)
    else json_number(held::varchar) end`,
];

export const MACROS = [...FUNCTIONS, ...JSON_TEXT].map((macro) => `create macro ${macro}`).join(';');
