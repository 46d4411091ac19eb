"""Finds what a person would point at on a page: elements, also those inside the shadow trees of Home Assistant's pages.

Each constant and function here gives a JavaScript expression that yields one element, or nothing.
"""

from __future__ import annotations

import json

# All elements below a node, those of shadow trees too.
EVERY = """
const every = function* (node) {
  for (const found of node.querySelectorAll("*")) {
    yield found;
    if (found.shadowRoot) yield* every(found.shadowRoot);
  }
};
const first = (node, fits) => {
  if (!node) return null;
  for (const found of every(node.shadowRoot ?? node)) if (fits(found)) return found;
  return null;
};
"""
PAGE = "document"
DIALOG = 'first(document, (e) => e.localName === "dialog-data-entry-flow")'
"""In which Home Assistant asks for what it must know."""
BUTTONS = '["ha-button", "button", "ha-icon-button", "ha-progress-button", "mwc-button"]'


def button(label: str, inside: str = PAGE) -> str:
    """The button that says ``label``."""
    return f"first({inside}, (e) => {BUTTONS}.includes(e.localName) && e.innerText?.trim() === {json.dumps(label)})"


def field(kind: str, inside: str = PAGE) -> str:
    """The first input of a kind, such as ``password``."""
    return f'first({inside}, (e) => e.localName === "input" && e.type === {json.dumps(kind)})'


def discovered(unique_id: str) -> str:
    """Home Assistant's card of what was discovered, which has this identity."""
    return (
        'first(document, (e) => e.localName === "ha-config-flow-card"'
        f" && e.flow?.context?.unique_id === {json.dumps(unique_id)})"
    )


def row(entity_id: str) -> str:
    """The row of an entity on the page of its device."""
    return (
        'first(document, (e) => /^hui-.*entity-row$/.test(e.localName) && e.localName !== "hui-generic-entity-row"'
        f" && e._config?.entity === {json.dumps(entity_id)})"
    )
