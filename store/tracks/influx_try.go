package tracks

import (
	"context"
	"errors"
	"fmt"
)

// ErrNoBucket: the server does not have the bucket, or retention policy, of the
// configuration.
var ErrNoBucket = errors.New("bucket does not exist")

// missingBucket is an error that is ErrNoBucket, too.
type missingBucket struct{ error }

func (m missingBucket) Unwrap() error { return m.error }

// Is tells that it is ErrNoBucket.
func (missingBucket) Is(target error) bool { return target == ErrNoBucket }

// TryInflux finds out whether a server would take writes: whether it answers, takes
// the token, has the bucket, keeps data long enough and stores a point (of the
// measurement correctiond_probe, which no track has). It creates no bucket; one
// that is missing is ErrNoBucket.
func TryInflux(ctx context.Context, cfg InfluxConfig) error {
	cfg.CreateBucket = false
	x, err := newInflux(cfg)
	if err != nil {
		return err
	}
	defer x.Close()
	if err := x.Check(ctx); err != nil {
		return err
	}
	if err := x.post(ctx, probeLine(), x.cfg.Timeout); err != nil {
		return fmt.Errorf("write a probe to InfluxDB: %w", err)
	}
	return nil
}
