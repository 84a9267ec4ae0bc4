package ingest_test

import (
	"bytes"
	"strings"
	"testing"

	"correctiond/event"
)

func TestMessagesThatAreRejected(t *testing.T) {
	long := strings.Repeat("x", 1025)
	many := "[" + strings.Repeat("{},", 500) + "{}]"
	tests := []struct {
		name, topic, payload string
		want                 event.Reason
		detail               string
	}{
		{"large object", "W1/location", location(`"x":"` + strings.Repeat("y", 64<<10) + `"`), event.TooLarge, "64 KiB"},
		{"large array", "W1/location", "[" + strings.Repeat(" ", 256<<10) + "]", event.TooLarge, "256 KiB"},
		{"501 elements", "W1/location", many, event.TooLarge, "500"},
		{"empty", "W1/location", "", event.BadJSON, ""},
		{"cut", "W1/location", location()[:40], event.BadJSON, ""},
		{"two values", "W1/location", location() + location(), event.BadJSON, ""},
		{"not UTF-8", "W1/location", location("\"id\":\"\xff\""), event.BadJSON, "UTF-8"},
		{"NaN", "W1/location", location(`"lat":NaN`), event.BadJSON, ""},
		{"too deep", "W1/location", location(`"x":` + strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), event.BadJSON, ""},
		{"bad JSON on a bad topic", "W1/elsewhere", "{", event.BadJSON, ""},
		{"unknown kind", "W1/elsewhere", "{}", event.BadTopic, ""},
		{"too many levels", "W1/location/x", "{}", event.BadTopic, ""},
		{"device with a dot", "W.1/location", "{}", event.BadTopic, ""},
		{"long device", strings.Repeat("W", 65) + "/location", "{}", event.BadTopic, ""},
		{"no object", "W1/location", `"x"`, event.BadField, "object"},
		{"array of check-ins", "P1/checkin", "[" + checkin() + "]", event.BadField, "object"},
		{"no id", "W1/location", location(`"id"`), event.BadField, "id is missing"},
		{"empty id", "W1/location", location(`"id":""`), event.BadField, "id"},
		{"long id", "W1/location", location(`"id":"` + long[:65] + `"`), event.BadField, "id"},
		{"number as id", "W1/location", location(`"id":5`), event.BadField, "id"},
		{"a field twice", "W1/location", `{"id":"b",` + location()[1:], event.BadField, "id stands twice"},
		{"negative seq", "W1/location", location(`"seq":-1`), event.BadField, "seq"},
		{"broken seq", "W1/location", location(`"seq":1.5`), event.BadField, "seq"},
		{"text as number", "W1/location", location(`"lat":"31"`), event.BadField, "lat"},
		{"huge number", "W1/location", location(`"lng":1e999`), event.BadField, "lng"},
		{"huge speed", "W1/location", location(`"speed_mps":1e300`), event.BadField, "speed_mps"},
		{"no lat", "W1/location", location(`"lat"`), event.BadField, "lat is missing"},
		{"no lng", "W1/location", location(`"lng"`), event.BadField, "lng is missing"},
		{"neither", "W1/location", location(`"lat"`, `"lng"`), event.BadField, "lat is missing"},
		{"no source", "W1/location", location(`"source"`), event.BadField, "source is missing"},
		{"unknown source", "W1/location", location(`"source":"stars"`), event.BadField, "source"},
		{"unknown motion", "W1/location", location(`"motion":"dancing"`), event.BadField, "motion"},
		{"battery above 100", "W1/location", location(`"battery_pct":101`), event.BadField, "battery_pct"},
		{"mock as text", "W1/location", location(`"mock":"yes"`), event.BadField, "mock"},
		{"check-in with lat only", "P1/checkin", checkin(`"lat":31.2`), event.BadField, "lng is missing"},
		{"check-in by video", "P1/checkin", checkin(`"method":"video"`), event.BadField, "method"},
		{"verdict of an officer", "P1/checkin", checkin(`"verify":{"kind":"officer","passed":true}`), event.BadField, "verify.kind"},
		{"no verdict", "P1/checkin", checkin(`"verify":{"kind":"pin"}`), event.BadField, "verify.passed is missing"},
		{"verdict twice", "P1/checkin", checkin(`"verify":{"kind":"pin","passed":false,"passed":true}`), event.BadField, "twice"},
		{"score above 1", "P1/checkin", checkin(`"verify":{"kind":"pin","passed":true,"score":2}`), event.BadField, "score"},
		{"verify as text", "P1/checkin", checkin(`"verify":"ok"`), event.BadField, "verify"},
		{"bad field before an image", "P1/checkin", checkin(`"method":"x"`, `"photo":"x"`), event.BadField, "method"},
		{"image", "P1/checkin", checkin(`"photo":"x"`), event.BiometricData, ""},
		{"features", "P1/checkin", checkin(`"extra":[{"Features":[1,2]}]`), event.BiometricData, ""},
		{"escaped key", "P1/checkin", checkin(`"\u0066ace" : "x"`), event.BiometricData, ""},
		{"long text in verify", "P1/checkin", checkin(`"verify":{"kind":"pin","passed":true,"x":["` + long + `"]}`), event.BiometricData, ""},
		{"encrypted", "W1/location", `{"_type":"encrypted","data":"x"}`, event.Encrypted, ""},
		{"no datum", "W1/location", location(`"datum"`), event.DatumReason, ""},
		{"unknown datum", "W1/location", location(`"datum":"mars"`), event.DatumReason, ""},
		{"datum before range", "W1/location", location(`"datum":"mars"`, `"lat":91`), event.DatumReason, ""},
		{"lat above 90", "W1/location", location(`"lat":90.1`), event.Range, ""},
		{"lng below -180", "W1/location", location(`"lng":-180.1`), event.Range, ""},
		{"zero island", "W1/location", location(`"lat":0`, `"lng":0.0`), event.Range, ""},
		{"accuracy 0", "W1/location", location(`"accuracy_m":0`), event.Range, "accuracy_m"},
		{"no event", "W1/status", status(`"event"`), event.BadField, "event is missing"},
		{"unknown event", "W1/status", status(`"event":"party"`), event.BadField, "event"},
		{"heartbeat without time", "W1/status", status(`"time"`), event.BadField, "time is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, detail := reason(decode(tt.topic, tt.payload))
			if got != tt.want || !strings.Contains(detail, tt.detail) {
				t.Errorf("%q (%s), want %q (%s)", got, detail, tt.want, tt.detail)
			}
		})
	}
}

func TestMessagesThatPass(t *testing.T) {
	tests := []struct{ name, topic, payload string }{
		{"null is absent", "W1/location", location(`"altitude_m":null`, `"motion":null`)},
		{"lat 0 alone", "W1/location", location(`"lat":0`)},
		{"the poles", "W1/location", location(`"lat":-90`, `"lng":180`)},
		{"face as a verdict", "P1/checkin", checkin()},
		{"face as an object", "P1/checkin", checkin(`"face":{"quality":1}`)},
		{"image on a location", "W1/location", location(`"image":"x"`)},
		{"long text outside verify", "P1/checkin", checkin(`"x":"` + strings.Repeat("y", 2000) + `"`)},
		{"check-in without fix", "P1/checkin", checkin(`"datum":"wgs84"`)},
		{"check-in with fix", "P1/checkin", checkin(`"lat":31`, `"lng":121`, `"datum":"bd09"`, `"source":"wifi"`)},
		{"zero seq", "W1/location", location(`"seq":0`)},
		{"Chinese id of 64 characters", "W1/location", location(`"id":"` + strings.Repeat("人", 64) + `"`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, detail := reason(decode(tt.topic, tt.payload)); got != "" {
				t.Errorf("%s: %s", got, detail)
			}
		})
	}
}

func TestDeadLettersAreBounded(t *testing.T) {
	d := decode("W1/location", location(`"x":"`+strings.Repeat("y", 60<<10)+`"`, `"lat":91`))[0]
	if n := len(d.Rejection.Payload); n != event.MaxKeptPayload {
		t.Errorf("kept %d bytes, want %d", n, event.MaxKeptPayload)
	}
}

func TestDeadLettersKeepNoImages(t *testing.T) {
	for _, payload := range []string{
		checkin(`"photo":"SECRET"`),
		checkin(`"photo":"SECRET"`, `"method":"x"`),
		checkin(`"photo":"SECRET"`)[:120],
		checkin(`"photo":"SECRET` + strings.Repeat("y", 70<<10) + `"`),
	} {
		d := decode("P1/checkin", payload)[0]
		if d.Rejection == nil || bytes.Contains(d.Rejection.Payload, []byte("SECRET")) {
			t.Errorf("%.80s: the dead letter holds the image", payload)
		}
	}
}
