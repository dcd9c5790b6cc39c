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
  person: {type: queue, queue: support, timeout: bye, thread: {tag: [handed]}}
  bye: {type: hangup}
tests:
  - name: an order, then another
    script: [{hear: main, press: "1"}, {hear: number, press: "1234#"}, {hear: main, press: "1"}, {hear: number, press: "5678#"}]
    expect: {visited: [known, bye]}
"""
KEYS = ("1", "1234#", "1", "5678#")
PATH = ["greet", "main", "number", "known", "again", "main", "number", "known", "again", "bye"]
