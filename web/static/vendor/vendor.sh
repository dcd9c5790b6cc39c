#!/bin/sh
# Fetches the packages below with `npm pack` and lays their ES modules, types and licences out here.
# Run from anywhere; rewrites bare imports to relative ones, so the pages need no import map.
set -eu

PREACT=11.2.0
HTM=3.1.1
SIGNALS=2.11.4
SIGNALS_CORE=1.14.5
INTER=5.3.0

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

unpack() {  # unpack NAME@VERSION FOLDER
    npm pack --silent "$1" >name
    mkdir "$2"
    tar xzf "$(cat name)" -C "$2" --strip-components=1
}

unpack "preact@$PREACT" preact
unpack "htm@$HTM" htm
unpack "@preact/signals@$SIGNALS" signals
unpack "@preact/signals-core@$SIGNALS_CORE" core
unpack "@fontsource-variable/inter@$INTER" inter

relative() {  # relative FROM TO: bare imports become files beside each other, source map notes go
    sed -e 's#\(["'"'"']\)@preact/signals-core\1#"./signals-core.js"#g' \
        -e 's#\(["'"'"']\)preact/hooks\1#"./hooks.js"#g' \
        -e 's#\(["'"'"']\)preact\1#"./preact.js"#g' \
        -e 's#\.\./\.\./src/index#./preact#g' \
        -e 's#\(["'"'"']\)\./index\(\.d\.ts\)\{0,1\}\1#"./preact.js"#g' \
        -e '/^\/\/# sourceMappingURL=/d' "$1" >"$here/$2"
}

relative preact/dist/preact.mjs preact.js
relative preact/src/index.d.ts preact.d.ts
relative preact/src/jsx.d.ts jsx.d.ts
relative preact/src/dom.d.ts dom.d.ts
relative preact/hooks/dist/hooks.mjs hooks.js
relative preact/hooks/src/index.d.ts hooks.d.ts
relative htm/dist/htm.mjs htm.js
relative htm/dist/htm.d.ts htm.d.ts
relative signals/dist/signals.mjs signals.js
relative signals/dist/signals.d.ts signals.d.ts
relative core/dist/signals-core.mjs signals-core.js
relative core/dist/signals-core.d.ts signals-core.d.ts
for part in latin latin-ext vietnamese; do
    cp "inter/files/inter-$part-wght-normal.woff2" "$here/inter-$part.woff2"
done
cp preact/LICENSE "$here/LICENSE.preact"
cp htm/LICENSE "$here/LICENSE.htm"
cp signals/LICENSE "$here/LICENSE.signals"
cp core/LICENSE "$here/LICENSE.signals-core"
cp inter/LICENSE "$here/LICENSE.inter"
