package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// rosterJSON invents a district of n people with a wristband each.
func rosterJSON(n int) []byte {
	day := func(offset int) string { return time.Now().AddDate(0, 0, offset).Format(time.DateOnly) }
	area := [][]float64{{121, 31}, {122, 31}, {122, 32}, {121, 32}, {121, 31}}
	subjects, devices := make([]map[string]any, n), make([]map[string]any, n)
	for i := range n {
		id := fmt.Sprintf("S%05d", i)
		subjects[i] = map[string]any{
			"id": id, "office": "O1", "kind": "probation", "effective": day(-60), "reported": day(-59),
			"term": map[string]string{"from": day(-60), "until": day(300)}, "rollcall": "none",
		}
		devices[i] = map[string]any{
			"id": device(i), "kind": "wristband", "interval": "5m",
			"bindings":  []map[string]string{{"subject": id, "from": day(-30)}},
			"authority": []map[string]any{{"id": "A1", "ground": 3, "approver": "bench", "from": day(-30), "until": day(50)}},
		}
	}
	b, err := json.Marshal(map[string]any{
		"version": 1, "district": map[string]string{"id": "D1", "name": "bench", "area": "area"},
		"offices":   []map[string]string{{"id": "O1", "name": "bench"}},
		"rollcalls": []map[string]any{{"id": "none", "windows": []any{}}},
		"zones": []map[string]any{{
			"id": "area", "name": "bench", "kind": "area", "datum": "wgs84",
			"geometry": map[string]any{"type": "Polygon", "coordinates": [][][]float64{area}},
		}},
		"subjects": subjects, "devices": devices,
	})
	if err != nil {
		return nil // it is made of strings and numbers
	}
	return b
}

func device(i int) string { return fmt.Sprintf("W%05d", i) }
