// `npm ci` and `npm install` run this (`prepare`): it builds the page where Vite is installed. An install without development
// packages has none; the server then leads to GraphiQL. An older Node must be able to run this file.
'use strict';

const NODE_MAJOR_MIN = 24;

function missing() {
  const major = parseInt(process.versions.node, 10);
  if (major < NODE_MAJOR_MIN) return `Node ${NODE_MAJOR_MIN} is needed, this is Node ${process.versions.node}`;
  try {
    require.resolve('vite');
    require.resolve('@graphql-codegen/core');
  } catch (_error) {
    return 'Vite is not installed (`npm ci` without --omit=dev installs it)';
  }
  return null;
}

const reason = missing();
if (reason === null) {
  import('./build-page.ts')
    .then(({ buildPageWhereChanged }) => buildPageWhereChanged())
    .catch((error) => {
      console.error(error);
      process.exitCode = 1;
    });
} else {
  console.log(`The page at / is not built: ${reason}. Everything else works.`);
}
