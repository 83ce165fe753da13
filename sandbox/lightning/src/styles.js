/**
 * Lets the pages keep a policy without inline styles: what components bring as elements and attributes goes by the CSS
 * object model instead, which no policy has to allow.
 */
const append = document.head.appendChild;

document.head.appendChild = function appendChild(node) {
    if (!(node instanceof HTMLStyleElement)) {
        return append.call(this, node);
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(node.textContent);
    document.adoptedStyleSheets.push(sheet);
    return node;
};

const { setAttribute } = Element.prototype;

Element.prototype.setAttribute = function setAttributeOrStyle(name, value) {
    if (name === 'style') {
        this.style.cssText = value;
    } else {
        setAttribute.call(this, name, value);
    }
};
