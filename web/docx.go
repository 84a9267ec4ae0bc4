package web

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
)

// docx collects what a .docx file holds, from top to bottom: only what Office
// Open XML (ECMA-376) asks for, on A4, without styles.
type docx struct{ body strings.Builder }

const (
	docxTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`
	docxHead = `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`
	// A4 in twentieths of a point, with margins of 2 cm.
	docxFoot = `<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>`
	docxFont = `<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="SimSun"/>`
	// docxWidth is what lies between the margins.
	docxWidth = 9638
)

// text adds a paragraph of a size in points.
func (d *docx) text(points int, bold bool, text string) { d.paragraph(points, bold, "left", text) }

// title adds a centred heading.
func (d *docx) title(text string) { d.paragraph(18, true, "center", text) }

func (d *docx) paragraph(points int, bold bool, align, text string) {
	weight := ""
	if bold {
		weight = "<w:b/>"
	}
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:spacing w:before="60" w:after="60"/><w:jc w:val="%s"/></w:pPr>`, align)
	for i, line := range strings.Split(text, "\n") {
		lineBreak := ""
		if i > 0 {
			lineBreak = "<w:br/>"
		}
		fmt.Fprintf(&d.body, `<w:r><w:rPr>%s%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr>%s<w:t xml:space="preserve">%s</w:t></w:r>`,
			docxFont, weight, 2*points, 2*points, lineBreak, escaped(strings.TrimSuffix(line, "\r")))
	}
	d.body.WriteString("</w:p>")
}

// table adds a table with borders. Shares are the widths of its columns in percent;
// the first row is the heading when head is set, and repeats on every page.
func (d *docx) table(shares []int, head bool, rows [][]string) {
	d.body.WriteString(`<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&d.body, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="808080"/>`, side)
	}
	d.body.WriteString(`</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>`)
	for _, share := range shares {
		fmt.Fprintf(&d.body, `<w:gridCol w:w="%d"/>`, docxWidth*share/100)
	}
	d.body.WriteString("</w:tblGrid>")
	for i, row := range rows {
		first := head && i == 0
		d.body.WriteString("<w:tr>")
		if first {
			d.body.WriteString(`<w:trPr><w:tblHeader/></w:trPr>`)
		}
		for k, cell := range row {
			fmt.Fprintf(&d.body, `<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, docxWidth*shares[k]/100)
			d.text(10, first, cell)
			d.body.WriteString("</w:tc>")
		}
		d.body.WriteString("</w:tr>")
	}
	d.body.WriteString("</w:tbl>")
}

// file writes the document as a .docx file.
func (d *docx) file() ([]byte, error) {
	return packed(map[string]string{
		"[Content_Types].xml": xlsxHead + docxTypes,
		"_rels/.rels":         xlsxHead + xlsxRels + fmt.Sprintf(xlsxRel, 1, "officeDocument", "word/document.xml") + "</Relationships>",
		"word/document.xml":   xlsxHead + docxHead + d.body.String() + docxFoot,
	})
}

// packed writes the parts of an Office Open XML file.
func packed(parts map[string]string) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range ordered(parts) {
		w, err := z.Create(name)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		if _, err := w.Write([]byte(parts[name])); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("write file: %w", err)
	}
	return b.Bytes(), nil
}
