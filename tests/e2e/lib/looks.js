/* looks.js - what a test finds out about how the demo phone looks and is reached */
window.looks = {
    isShown(element) {
        return element.checkVisibility({ visibilityProperty: true }) &&
            element.getClientRects().length > 0 && !element.closest('.for-readers');
    },

    /* Of a colour as the page computed it: [red, green, blue, opacity]. */
    parts(colour) {
        const [red, green, blue, opacity = 1] = colour.match(/[\d.]+/g).map(Number);

        return [red, green, blue, opacity];
    },

    /* What is behind an element's text. */
    background(element) {
        for (let at = element; at; at = at.parentElement) {
            const colour = this.parts(getComputedStyle(at).backgroundColor);

            if (colour[3] > 0)
                return colour;
        }
        return [255, 255, 255, 1];
    },

    /* WCAG 2.2: relative luminance and contrast. */
    luminance(colour) {
        const [red, green, blue] = colour.slice(0, 3).map((part) => part / 255).map(
            (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));

        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    },

    contrast(element) {
        const [light, dark] = [this.parts(getComputedStyle(element).color), this.background(element)]
            .map((colour) => this.luminance(colour)).sort((a, b) => b - a);

        return (light + 0.05) / (dark + 0.05);
    },

    /* Texts that are hard to read, each with its contrast. */
    faintTexts() {
        const faint = [];

        for (const element of document.querySelectorAll('body *')) {
            const hasText = [...element.childNodes].some(
                (node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
            const size = parseFloat(getComputedStyle(element).fontSize);

            if (hasText && this.isShown(element) && this.contrast(element) < (size >= 24 ? 3 : 4.5))
                faint.push([element.textContent.trim(), this.contrast(element).toFixed(2)]);
        }
        return faint;
    },

    controls() {
        return [...document.querySelectorAll('a, button, input, summary, pre')].filter(
            (element) => this.isShown(element));
    },
};
