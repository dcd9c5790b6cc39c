"""One flow for every way in: a call, a chat, a message."""

DESK = """\
threadline: 1
kind: flow
id: desk
title: One desk
entry: greet
channels: [voice, chat, webhook]
languages: {default: en-US, supported: [en-US]}
events: {error: {next: person}}
vars: {order_no: {type: string}, pin: {type: string, personal: true}}
prompts:
  greet: {en-US: {text: "Welcome to the shop.", written: "Welcome!"}}
  main: {en-US: {text: "Orders, one. A person, two.", written: "What is it about?"}}
  wrong: {any: "That is no choice."}
  number: {en-US: {text: "Your order number.", written: "Your order number?"}}
  pin: {en-US: {text: "Your pin.", written: "Your pin?"}}
  known: {any: "Order ${vars.order_no} is on its way."}
steps:
  greet: {type: say, prompt: greet, barge_in: true, next: main}
  main:
    type: menu
    prompt: main
    no_match: wrong
    timeout: 30s
    choices:
      "1": {label: {any: Orders}, next: number}
      "2": {label: {any: A person}, next: pin}
    on_fail: person
  number: {type: collect, prompt: number, var: order_no, digits: {min: 4, max: 6}, first_digit_timeout: 30s, on_fail: person, next: known}
  known: {type: say, prompt: known, barge_in: true, next: again}
  again: {type: loop, counter: rounds, max: 1, body: main, done: bye}
  pin: {type: collect, prompt: pin, var: pin, digits: {min: 2, max: 4}, first_digit_timeout: 30s, on_fail: person, next: person}
  person: {type: queue, queue: support, priority: 3, timeout: bye, thread: {tag: [handed]}}
  bye: {type: hangup}
tests:
  - name: an order, then another
    script: [{hear: main, press: "1"}, {hear: number, press: "1234#"}, {hear: main, press: "1"}, {hear: number, press: "5678#"}]
    expect: {visited: [known, bye]}
"""
KEYS = ("1", "1234#", "1", "5678#")
PATH = ["greet", "main", "number", "known", "again", "main", "number", "known", "again", "bye"]

LOOK_UP = """\
threadline: 1
kind: flow
id: look_up
entry: choose
languages: {default: en-US, supported: [en-US]}
events: {error: {next: sorry}}
vars: {order: {type: object, default: {}}}
http:
  orders: {base: "BASE", auth: secret:erp_token, max_body: 4KiB}
  inside: {base: "http://169.254.169.254"}
prompts:
  choose: {any: "Choose."}
steps:
  choose:
    type: menu
    prompt: choose
    timeout: 60s
    choices: {"1": good, "2": hanging, "3": endless, "4": page, "5": redirected, "6": large}
    on_fail: end
  good: {type: http, request: {service: orders, path: /good}, save: {order: body}, events: {error: busy}, next: known}
  hanging: {type: http, request: {service: orders, path: /hang}, timeout: 1s, retries: 0, play_while_waiting: {after: 200ms}, events: {error: busy}, next: wrong}
  endless: {type: http, request: {service: orders, path: /endless}, timeout: 1s, retries: 0, events: {error: busy}, next: wrong}
  page: {type: http, request: {service: orders, path: /page}, events: {error: busy}, next: wrong}
  redirected: {type: http, request: {service: orders, path: /away}, events: {error: busy}, next: wrong}
  large: {type: http, request: {service: orders, path: /large}, events: {error: busy}, next: wrong}
  known: {type: branch, cases: [{when: 'vars.order.state == "packed"', next: choose}], else: wrong}
  busy: {type: goto, next: choose}
  wrong: {type: hangup}
  sorry: {type: hangup}
  end: {type: hangup}
"""

SPEAKING = """\
threadline: 1
kind: flow
id: speaking
entry: main
languages: {default: ko-KR, supported: [ko-KR]}
prompts: {main: {any: "네?"}}
steps:
  main:
    type: menu
    prompt: main
    input: [dtmf, speech]
    grammar: {ko-KR: {person: ["상담원"], thanks: ["감사합니다"]}}
    min_confidence: 0.5
    timeout: 8s
    tries: 4
    choices: {"1": {say: person, next: person}, "2": {say: thanks, next: thanks}}
    on_fail: gave_up
  person: {type: goto, next: main}
  thanks: {type: hangup}
  gave_up: {type: hangup}
"""
