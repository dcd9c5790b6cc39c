// @ts-check
/** What a new flow begins with. */
export const NEW = `threadline: 1
kind: flow
id: new_flow
title: ""
entry: main
languages: {default: vi-VN, supported: [vi-VN, en-US]}

prompts:
  main:
    vi-VN: {text: "Bấm 1 để nghe lại."}
    en-US: {text: "To hear this again, press 1."}

steps:
  main:
    type: menu
    prompt: main
    choices:
      "1": {next: main}
    on_fail: {next: end}
  end: {type: hangup}

tests:
  - name: who says nothing is not kept
    script: [{hear: main, silence: true}]
    expect: {ended_by: system}
`;
